/** The datapoints of a dataset that a run is about: all of a version, a part of it, or a sample. */
import { createHash } from 'node:crypto';
import type { RunSpec } from '../../model/run.ts';
import type { DatasetStore, PlacedDatapoint } from '../../store/datasets.ts';
import { datapointsOf } from '../datasets/datapoints-of.ts';
import { splitOf } from '../datasets/split.ts';

export interface Choice {
  count: number;
  /** In their order, from memory of one page. */
  datapoints(): AsyncGenerator<PlacedDatapoint>;
}

/**
 * Looks through the version once. A sample is of those whose ids have the smallest hashes: the same for every run, and a smaller
 * one lies within a larger one.
 */
export async function choose(
  datasets: DatasetStore,
  projectId: string,
  { name, version, split, testShare, sample }: RunSpec['dataset'],
): Promise<Choice> {
  const all = async function* (): AsyncGenerator<PlacedDatapoint> {
    for await (const one of datapointsOf(datasets, { projectId, name, version: version! }))
      if (split === undefined || splitOf(one, testShare) === split) yield one;
  };
  const places: number[] = [];
  let count = 0;
  for await (const { id } of all()) {
    count += 1;
    if (sample !== undefined) places.push(placeOf(id));
  }
  if (sample === undefined || sample >= count) return { count, datapoints: all };
  const limit = places.toSorted((one, other) => one - other)[sample - 1]!;
  return {
    count: sample,
    async *datapoints() {
      for await (const one of all()) if (placeOf(one.id) <= limit) yield one;
    },
  };
}

function placeOf(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6);
}
