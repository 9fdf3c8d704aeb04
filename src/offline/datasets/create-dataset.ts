/** A dataset under a name, made where there is none, with what it is made for. */
import { GatewayError } from '../../errors.ts';
import { datasetName } from '../../model/datapoint.ts';
import { newId } from '../../model/id.ts';
import type { DatasetVersion } from '../../model/datapoint.ts';
import type { DatasetStore } from '../../store/datasets.ts';
import { changeDataset, type DatasetChange } from './change-dataset.ts';

/** Of one project. */
export const MOST_DATASETS = 1000;

/** Whether it was made now. Throws `validation_failed` for what is no name, and `conflict` where the project has as many as it may. */
export async function createDataset(datasets: DatasetStore, projectId: string, name: string): Promise<boolean> {
  const read = datasetName.safeParse(name);
  if (!read.success)
    throw new GatewayError('validation_failed', {
      message: `"${name.slice(0, 100)}" is no name of a dataset: ${read.error.issues[0]!.message}`,
    });
  const made = { id: newId(), projectId, name, description: null, createdAtMs: Date.now() };
  if (await datasets.create(made, MOST_DATASETS)) return true;
  if ((await datasets.find(projectId, name)) !== undefined) return false;
  throw new GatewayError('conflict', {
    message: `This project has ${MOST_DATASETS} datasets, as many as it may. Remove one first.`,
  });
}

/** Changes it, and makes it before where there is none: where the change is refused, nothing is left of it. Throws as both do. */
export async function putIntoDataset(datasets: DatasetStore, change: DatasetChange): Promise<DatasetVersion> {
  const isNew = await createDataset(datasets, change.projectId, change.name);
  try {
    return await changeDataset(datasets, change);
  } catch (error) {
    if (isNew) await datasets.remove(change.projectId, change.name);
    throw error;
  }
}
