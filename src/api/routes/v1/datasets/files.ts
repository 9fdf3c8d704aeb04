/** Files of datapoints at /api/v1: read into a dataset and written from one, at any size. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import { datasetVersionSchema } from '../../../../model/shown-dataset.ts';
import { changeDataset, type OfferedDatapoint } from '../../../../offline/datasets/change-dataset.ts';
import { findDataset, findVersion } from '../../../../offline/datasets/find-version.ts';
import { DATASET_FORMATS, type DatasetFormat, readDatapoints } from '../../../../offline/datasets/read-file.ts';
import { DATASET_LINE_FORMATS, datasetLines } from '../../../dataset-lines.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import { openAnswers } from '../../../open-answers.ts';
import type { ApiContext, ApiParts } from '../../../route.ts';
import { breathe, brokenOff, streamed } from '../../../streamed.ts';
import { splitInQuery } from './datapoints.ts';
import { datasetParams, versionInQuery } from './schemas.ts';

const MOST_BYTES = 1024 ** 3;
/** Of a project at a time. */
const MOST_OPEN = 8;

const TYPES = { jsonl: 'application/x-ndjson', csv: 'text/csv; charset=utf-8; header=present' } as const;

export function datasetFileRoutes(parts: ApiParts): DescribedRoute[] {
  const { datasets } = parts.store;
  const enter = openAnswers(MOST_OPEN, 'imports and exports of datasets');
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/datasets/:dataset/import',
      scope: 'admin',
      tag: 'datasets',
      summary: 'Add the datapoints of a file',
      description: `JSONL: a line is \`{"inputs": {...}, "messages": [...], "target": ..., "metadata": {...}}\`, all but one of the first two may be left out; \`input\`, \`expected\`, \`ideal\` and \`reference\` are understood; an object with none of these names is a row of inputs. CSV: columns are inputs, but for \`target\`, \`target.x\`, \`metadata.x\`, \`messages\` and \`id\`. promptfoo: \`tests\` of its YAML or JSON. A mistake is named by its line, and then nothing is imported.`,
      params: datasetParams,
      query: z.object({
        format: z.enum(DATASET_FORMATS).default('jsonl'),
        mode: z.enum(['add', 'replace']).default('add').describe('Whether what is there stays.'),
        file: z.string().max(255).optional().describe('Name of the file, which the datapoints keep.'),
        note: z.string().max(1000).optional(),
      }),
      rawBody: { 'application/octet-stream': `The file, UTF-8, at most ${MOST_BYTES} bytes.` },
      answers: { 200: { description: 'The version that it made.', schema: datasetVersionSchema } },
      async handle({
        params: { dataset: name },
        query: { format, mode, file, note },
        principal: { projectId },
        context,
      }) {
        await findDataset(datasets, projectId, name);
        enter(projectId, context.env.outgoing);
        return changeDataset(datasets, {
          projectId,
          name,
          datapoints: offeredLines(context, format, file),
          remove: mode === 'replace' ? 'all' : [],
          note: note ?? null,
        });
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/datasets/:dataset/export',
      scope: 'read',
      tag: 'datasets',
      summary: 'A version as a file',
      description: 'JSONL can be imported again and gives the same datapoints.',
      params: datasetParams,
      query: z.object({
        version: versionInQuery,
        format: z.enum(DATASET_LINE_FORMATS).default('jsonl'),
        ...splitInQuery,
      }),
      answers: {
        200: {
          description: 'The file.',
          content: {
            'application/x-ndjson': 'A datapoint a line.',
            'text/csv': 'A header line, then a datapoint a record.',
          },
        },
      },
      async handle({ params: { dataset: name }, query, principal: { projectId }, context }) {
        const version = await findVersion(datasets, projectId, { name, version: query.version });
        enter(projectId, context.env.outgoing);
        return streamed(context, datasetLines(datasets, { projectId, name, version }, query), {
          status: 200,
          headers: {
            'content-type': TYPES[query.format],
            'content-disposition': `attachment; filename="${name}-v${version}.${query.format}"`,
          },
          onFailure: brokenOff(parts.logger),
        });
      },
    }),
  ];
}

async function* offeredLines(
  context: ApiContext,
  format: DatasetFormat,
  file: string | undefined,
): AsyncGenerator<OfferedDatapoint> {
  let isEmpty = true;
  for await (const { line, ...reading } of readDatapoints(bytesOf(context), format)) {
    const source = { from: 'import' as const, line, ...(file === undefined ? {} : { file }) };
    yield { at: `line ${line}`, source, ...reading };
    isEmpty = false;
    await breathe();
  }
  if (isEmpty) throw new GatewayError('invalid_body', { message: 'The file holds no datapoint. Nothing was changed.' });
}

async function* bytesOf(context: ApiContext): AsyncGenerator<Uint8Array> {
  const { incoming } = context.env;
  const encoding = context.req.header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new GatewayError('invalid_body', {
      message: `The file is sent with content-encoding ${encoding.slice(0, 40)}. Send it uncompressed.`,
    });
  let size = 0;
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_BYTES)
        throw new GatewayError('body_too_large', { message: `A file may have ${MOST_BYTES} bytes. Send it in parts.` });
      yield chunk;
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('invalid_body', {
      message: 'The file broke off before its end. Nothing was imported.',
      cause: error,
    });
  }
}
