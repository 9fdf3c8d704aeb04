/**
 * Datasets as a family of the store. A change is begun, given its datapoints in pieces, and committed: until then no reader
 * sees anything of it, and what is never committed is swept away by the next change. Of two changes at once, the
 * one that is committed later is refused.
 */
import type { Datapoint, Dataset, DatasetVersion } from '../model/datapoint.ts';

/** Where a datapoint stands among those of its dataset. */
export interface PlacedDatapoint extends Datapoint {
  position: number;
}

export interface BegunChange {
  /** The version that is changed. */
  base: number;
  /** The version that it will be. */
  version: number;
  /** Of the first datapoint that is new; an edited one keeps its own. */
  position: number;
}

export interface DatasetCommit {
  base: number;
  version: number;
  /** Ids, or all that are not of this change. A datapoint that was added under an id that is there replaces it. */
  remove: readonly string[] | 'all';
  note: string | null;
}

export interface DatapointPage {
  /** Position behind which it goes on; null at the beginning. */
  after: number | null;
  limit: number;
}

/** Versions and ids that there are not are answered with undefined or nothing. */
export interface DatasetStore {
  /** Of one project, by name. */
  list(projectId: string): Promise<Dataset[]>;
  find(projectId: string, name: string): Promise<Dataset | undefined>;
  /** False where the project has a dataset of this name, or `most` of them. */
  create(
    dataset: Pick<Dataset, 'id' | 'projectId' | 'name' | 'description' | 'createdAtMs'>,
    most: number,
  ): Promise<boolean>;
  /** Removes it with all versions. Whether there was one. */
  remove(projectId: string, name: string): Promise<boolean>;
  /** The newest first. */
  versions(projectId: string, name: string): Promise<DatasetVersion[]>;
  /** Datapoints of a version in their order. */
  datapoints(projectId: string, name: string, version: number, page: DatapointPage): Promise<PlacedDatapoint[]>;
  /** Those of a version that have these ids, in no order. */
  byId(projectId: string, name: string, version: number, ids: readonly string[]): Promise<PlacedDatapoint[]>;
  begin(projectId: string, name: string): Promise<BegunChange | undefined>;
  /** Undefined where the dataset is gone. */
  add(
    projectId: string,
    name: string,
    version: number,
    datapoints: readonly PlacedDatapoint[],
  ): Promise<number | undefined>;
  /** The version; `changed` where another change was committed since it was begun, which takes this one back. */
  commit(projectId: string, name: string, change: DatasetCommit, nowMs: number): Promise<DatasetVersion | 'changed'>;
}
