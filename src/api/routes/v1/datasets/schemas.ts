/** What the routes of datasets take and give. */
import { z } from 'zod';
import {
  DATASET_LIMITS,
  datapointContentSchema,
  datapointSourceSchema,
  datasetName,
} from '../../../../model/datapoint.ts';
import type { Dataset, DatasetVersion } from '../../../../model/datapoint.ts';
import type { PlacedDatapoint } from '../../../../store/datasets.ts';

export const datasetParams = z.object({ dataset: datasetName });

export const datasetSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    version: z.number().describe('The newest; 0 where nothing was put into it yet.'),
    datapoints: z.number().describe('Of the newest version.'),
    createdAtMs: z.number().describe('Milliseconds since the epoch.'),
    changedAtMs: z.number(),
  })
  .meta({ id: 'Dataset' });

export const versionSchema = z
  .object({
    version: z.number(),
    datapoints: z.number(),
    added: z.number().describe('Against the version before.'),
    edited: z.number(),
    removed: z.number(),
    note: z.string().nullable(),
    createdAtMs: z.number(),
  })
  .meta({ id: 'DatasetVersion' });

export const datapointSchema = z
  .object({ id: z.string(), ...datapointContentSchema.shape, source: datapointSourceSchema })
  .meta({ id: 'Datapoint' });

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

export function datasetOf({ projectId: _project, newest, ...dataset }: Dataset): z.infer<typeof datasetSchema> {
  return { ...dataset, version: newest };
}

export function versionOf(version: DatasetVersion): z.infer<typeof versionSchema> {
  return version;
}

export function datapointOf({ position: _position, ...datapoint }: PlacedDatapoint): z.infer<typeof datapointSchema> {
  return datapoint;
}
