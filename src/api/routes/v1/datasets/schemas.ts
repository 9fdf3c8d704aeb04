/** What the routes of datasets take and give. */
import { z } from 'zod';
import { DATASET_LIMITS, type Dataset, datapointContentSchema, datasetName } from '../../../../model/datapoint.ts';
import type { ShownDatapoint, ShownDataset } from '../../../../model/shown-dataset.ts';
import type { PlacedDatapoint } from '../../../../store/datasets.ts';

export const datasetParams = z.object({ dataset: datasetName });

const versionNumber = z.coerce.number({ error: 'it must be the number of a version' }).int().min(1).max(1e9);

/** A version in a query; the newest where it is left out. */
export const versionInQuery = versionNumber.optional().describe('The newest where it is left out.');

export const noteSchema = z
  .string()
  .max(1000)
  .nullable()
  .default(null)
  .describe('What you want to say of the new version.');

export const baseVersionSchema = z
  .number()
  .int()
  .min(0)
  .max(1e9)
  .optional()
  .describe('The version that you have seen: where another is the newest, nothing is changed (409).');

/** A datapoint in a body; bytes are bounded by the body's own limit, and by this one. */
export const MOST_IN_BODY = 1000;
export const givenDatapointSchema = datapointContentSchema
  .extend({
    id: z
      .guid({ error: 'it must be a UUID' })
      .optional()
      .describe('Of one that is there: it is edited. Else it is added.'),
  })
  .describe(`At most ${DATASET_LIMITS.datapointBytes} bytes of JSON. It has inputs or messages.`);

export function datasetOf({ projectId: _project, newest, ...dataset }: Dataset): ShownDataset {
  return { ...dataset, version: newest };
}

export function datapointOf({ position: _position, ...datapoint }: PlacedDatapoint): ShownDatapoint {
  return datapoint;
}
