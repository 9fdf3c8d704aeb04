/** A dataset by its name, and a version of it by its number, or what is to be said of there being none. */
import { GatewayError } from '../../errors.ts';
import type { Dataset } from '../../model/datapoint.ts';
import type { DatasetStore } from '../../store/datasets.ts';
import { unknownDataset } from './change-dataset.ts';

/** Throws `not_found`. */
export async function findDataset(datasets: DatasetStore, projectId: string, name: string): Promise<Dataset> {
  const found = await datasets.find(projectId, name);
  if (found === undefined) throw unknownDataset(name);
  return found;
}

/** The number of a version that there is; of the newest where none is named. Throws `not_found`. */
export async function findVersion(
  datasets: DatasetStore,
  projectId: string,
  { name, version }: { name: string; version: number | undefined },
): Promise<number> {
  const { newest } = await findDataset(datasets, projectId, name);
  if (version === undefined || version === newest) return newest;
  const versions = await datasets.versions(projectId, name);
  if (!versions.some((one) => one.version === version))
    throw new GatewayError('not_found', {
      message: `The dataset "${name}" has no version ${version}; it has ${versions.map((one) => one.version).join(', ') || 'none yet'}.`,
    });
  return version;
}
