/** Datasets at /api/v1: made, listed, changed, removed. Their datapoints: datapoints.ts; files of them: files.ts. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import { datapointProblem, datasetName } from '../../../../model/datapoint.ts';
import { newId } from '../../../../model/id.ts';
import { datasetSchema, datasetVersionSchema, wholeDatasetSchema } from '../../../../model/shown-dataset.ts';
import { changeDataset, type OfferedDatapoint, unknownDataset } from '../../../../offline/datasets/change-dataset.ts';
import { MOST_DATASETS } from '../../../../offline/datasets/create-dataset.ts';
import { findDataset } from '../../../../offline/datasets/find-version.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import {
  baseVersionSchema,
  datasetOf,
  datasetParams,
  givenDatapointSchema,
  MOST_IN_BODY,
  noteSchema,
} from './schemas.ts';

const datapointsSchema = z.array(givenDatapointSchema).max(MOST_IN_BODY).default([]);

const changeSchema = z
  .strictObject({
    put: datapointsSchema.describe('Datapoints that are added, or edited where they have the id of one that is there.'),
    remove: z.array(z.guid()).max(MOST_IN_BODY).default([]).describe('Ids. Those that are not there are passed over.'),
    baseVersion: baseVersionSchema,
    note: noteSchema,
  })
  .superRefine(({ put, remove }, context) => {
    if (put.length === 0 && remove.length === 0)
      context.addIssue({ code: 'custom', path: ['put'], message: 'put a datapoint, or remove one' });
  });

export function datasetRoutes({ store: { datasets } }: ApiParts): DescribedRoute[] {
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/datasets',
      scope: 'read',
      tag: 'datasets',
      summary: 'Datasets',
      answers: { 200: { description: 'By name.', schema: z.object({ datasets: z.array(datasetSchema) }) } },
      handle: async ({ principal }) => ({ datasets: (await datasets.list(principal.projectId)).map(datasetOf) }),
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/datasets',
      scope: 'admin',
      tag: 'datasets',
      summary: 'Make a dataset',
      body: z.strictObject({
        name: datasetName,
        description: z.string().max(1000).nullable().default(null),
        datapoints: datapointsSchema.describe('Its first version, where there are any.'),
        note: noteSchema,
      }),
      answers: { 201: { description: 'It is made.', schema: datasetSchema } },
      async handle({ body: { name, description, datapoints, note }, principal: { projectId } }) {
        refuseProblems(datapoints);
        const made = { id: newId(), projectId, name, description, createdAtMs: Date.now() };
        if (!(await datasets.create(made, MOST_DATASETS))) throw await notCreated(projectId, name);
        if (datapoints.length > 0)
          await changeDataset(datasets, { projectId, name, datapoints: offered(datapoints, 'datapoints'), note });
        return datasetOf(await findDataset(datasets, projectId, name));
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/datasets/:dataset',
      scope: 'read',
      tag: 'datasets',
      summary: 'One dataset with its versions',
      params: datasetParams,
      answers: {
        200: {
          description: 'The newest version first.',
          schema: wholeDatasetSchema,
        },
      },
      async handle({ params: { dataset: name }, principal: { projectId } }) {
        const found = await findDataset(datasets, projectId, name);
        return { ...datasetOf(found), versions: await datasets.versions(projectId, name) };
      },
    }),
    describedRoute({
      method: 'DELETE',
      path: '/api/v1/datasets/:dataset',
      scope: 'admin',
      tag: 'datasets',
      summary: 'Remove a dataset with all its versions',
      params: datasetParams,
      answers: {
        200: { description: 'It is removed.', schema: z.object({ name: z.string(), removed: z.literal(true) }) },
      },
      async handle({ params: { dataset: name }, principal: { projectId } }) {
        if (!(await datasets.remove(projectId, name))) throw unknownDataset(name);
        return { name, removed: true };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/datasets/:dataset/changes',
      scope: 'admin',
      tag: 'datasets',
      summary: 'Change a dataset: its next version',
      description: 'All of it becomes the next version, or nothing does. Versions that are there never change.',
      params: datasetParams,
      body: changeSchema,
      answers: { 200: { description: 'The version that it made.', schema: datasetVersionSchema } },
      async handle({ params: { dataset: name }, body: { put, remove, baseVersion, note }, principal: { projectId } }) {
        return changeDataset(datasets, {
          projectId,
          name,
          datapoints: offered(put, 'body.put'),
          remove: remove.map((id) => id.toLowerCase()),
          base: baseVersion,
          note,
        });
      },
    }),
  ];

  async function notCreated(projectId: string, name: string): Promise<GatewayError> {
    const taken = (await datasets.find(projectId, name)) !== undefined;
    return new GatewayError('conflict', {
      message: taken
        ? `There is a dataset "${name}" already. Change it with POST /api/v1/datasets/${name}/changes, or take another name.`
        : `This project has ${MOST_DATASETS} datasets, as many as it may. Remove one first.`,
    });
  }
}

type Given = z.output<typeof givenDatapointSchema>;

function* offered(datapoints: readonly Given[], at: string): Generator<OfferedDatapoint> {
  for (const [index, datapoint] of datapoints.entries()) {
    const problem = datapointProblem(datapoint);
    const place = { at: `${at}.${index}`, source: { from: 'api' } as const };
    yield problem === undefined
      ? { ...place, datapoint: { ...datapoint, id: datapoint.id?.toLowerCase() } }
      : { ...place, problem };
  }
}

/** Before the dataset is made: it would be there without them. */
function refuseProblems(datapoints: readonly Given[]): void {
  for (const [index, datapoint] of datapoints.entries()) {
    const problem = datapointProblem(datapoint);
    if (problem !== undefined)
      throw new GatewayError('validation_failed', { details: { [`body.datapoints.${index}`]: { message: problem } } });
  }
}
