/** Datapoints of a dataset at /api/v1: read, taken from logs, and those that ask nearly the same. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import { datapointPageSchema, datasetVersionSchema } from '../../../../model/shown-dataset.ts';
import { changeDataset } from '../../../../offline/datasets/change-dataset.ts';
import { datapointsOf } from '../../../../offline/datasets/datapoints-of.ts';
import { findVersion } from '../../../../offline/datasets/find-version.ts';
import { TARGETS_FROM_LOGS } from '../../../../offline/datasets/from-log.ts';
import { nearDuplicates } from '../../../../offline/datasets/near-duplicates.ts';
import { SPLITS, splitOf } from '../../../../offline/datasets/split.ts';
import { readCursor, writeCursor } from '../../../cursor.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import { offeredLogs } from '../../../offered-logs.ts';
import type { ApiParts } from '../../../route.ts';
import { pageCursor, pageLimit } from '../schemas.ts';
import { sliceShape } from '../slice-shape.ts';
import { datapointOf, datasetParams, noteSchema, versionInQuery } from './schemas.ts';

/** Logs of one call. */
const MOST_LOGS = 10_000;
/** Compared in memory. */
const MOST_COMPARED = 20_000;

export const splitInQuery = {
  split: z
    .enum(SPLITS)
    .optional()
    .describe('Only this part, by a hash of what a datapoint asks: the same in all versions.'),
  testShare: z.coerce.number().gt(0).lt(1).default(0.2).describe('Share of the part `test`.'),
};

const fromLogsSchema = z
  .strictObject({
    ...sliceShape,
    logIds: z.array(z.string().max(200)).min(1).max(1000).optional().describe('These logs, instead of a filter.'),
    limit: z
      .number()
      .int()
      .min(1)
      .max(MOST_LOGS)
      .default(1000)
      .describe('The newest so many of those that the filter names.'),
    target: z
      .enum(TARGETS_FROM_LOGS)
      .default('output')
      .describe('What the target is: what was answered, or nothing yet.'),
    note: noteSchema,
  })
  .superRefine(({ logIds, filter }, context) => {
    if (logIds !== undefined && filter !== null)
      context.addIssue({ code: 'custom', path: ['logIds'], message: 'send either `logIds` or `filter`, not both' });
  });

export function datapointRoutes({ store: { datasets, questions, logs } }: ApiParts): DescribedRoute[] {
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/datasets/:dataset/datapoints',
      scope: 'read',
      tag: 'datasets',
      summary: 'Datapoints of a version',
      params: datasetParams,
      query: z.object({ version: versionInQuery, ...splitInQuery, limit: pageLimit, cursor: pageCursor }),
      answers: {
        200: {
          description: 'In their order.',
          schema: datapointPageSchema,
        },
      },
      async handle({ params: { dataset: name }, query, principal: { projectId } }) {
        const version = await findVersion(datasets, projectId, { name, version: query.version });
        const about = ['datapoints', projectId, name, version, query.split, query.testShare];
        let after = query.cursor === undefined ? null : readCursor(query.cursor, about).seq;
        const page = [];
        let more = true;
        // A part of a dataset is found by looking at all of it, page by page.
        while (more && page.length <= query.limit) {
          const rows = await datasets.datapoints(projectId, name, version, { after, limit: query.limit + 1 });
          more = rows.length > query.limit;
          after = rows.at(-1)?.position ?? after;
          page.push(
            ...rows.filter((row) => query.split === undefined || splitOf(row, query.testShare) === query.split),
          );
        }
        const shown = page.slice(0, query.limit);
        const next =
          page.length > shown.length ? writeCursor({ startedAtMs: 0, seq: shown.at(-1)!.position }, about) : null;
        return { version, datapoints: shown.map(datapointOf), next };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/datasets/:dataset/from-logs',
      scope: 'admin',
      tag: 'datasets',
      summary: 'Add logs to a dataset',
      description:
        'The conversation that was sent becomes the messages, properties the metadata, and what was answered the target `{ output }`. A dataset keeps what it was given when a log is deleted.',
      params: datasetParams,
      body: fromLogsSchema,
      answers: { 200: { description: 'The version that it made.', schema: datasetVersionSchema } },
      handle: ({ params: { dataset: name }, body, principal: { projectId } }) =>
        changeDataset(datasets, {
          projectId,
          name,
          datapoints: offeredLogs({ questions, logs }, projectId, body),
          note: body.note,
        }),
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/datasets/:dataset/near-duplicates',
      scope: 'read',
      tag: 'datasets',
      summary: 'Datapoints that ask nearly the same',
      description: `By the runs of three words that they have in common. Of versions of up to ${MOST_COMPARED} datapoints.`,
      params: datasetParams,
      query: z.object({
        version: versionInQuery,
        similarity: z.coerce
          .number()
          .min(0.5)
          .max(1)
          .default(0.8)
          .describe('From where on two are near: 1 is the same words.'),
      }),
      answers: {
        200: {
          description: 'The largest group first.',
          schema: z.object({
            version: z.number(),
            groups: z.array(z.object({ ids: z.array(z.string()), similarity: z.number() })),
          }),
        },
      },
      async handle({ params: { dataset: name }, query, principal: { projectId } }) {
        const version = await findVersion(datasets, projectId, { name, version: query.version });
        const all = [];
        for await (const one of datapointsOf(datasets, { projectId, name, version })) {
          all.push(one);
          if (all.length > MOST_COMPARED)
            throw new GatewayError('question_too_large', {
              message: `Version ${version} has more than ${MOST_COMPARED} datapoints, which is too many to compare at once.`,
            });
        }
        return { version, groups: nearDuplicates(all, query.similarity) };
      },
    }),
  ];
}
