/** Datasets as /api/v1 gives them: what API, dashboard and tests hold them to. */
import { z } from 'zod';
import { datapointContentSchema, datapointSourceSchema } from './datapoint.ts';

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

export const datasetVersionSchema = z
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

export const wholeDatasetSchema = datasetSchema
  .extend({ versions: z.array(datasetVersionSchema).describe('The newest first.') })
  .meta({ id: 'WholeDataset' });

export const datapointPageSchema = z.object({
  version: z.number(),
  datapoints: z.array(datapointSchema),
  next: z.string().nullable().describe('Where the list goes on; null where nothing follows.'),
});

export type ShownDataset = z.infer<typeof datasetSchema>;
export type ShownDatasetVersion = z.infer<typeof datasetVersionSchema>;
export type WholeDataset = z.infer<typeof wholeDatasetSchema>;
export type ShownDatapoint = z.infer<typeof datapointSchema>;
export type DatapointPage = z.infer<typeof datapointPageSchema>;
