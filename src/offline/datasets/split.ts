/**
 * Parts of a dataset by a hash of what a datapoint asks: the same question is in the same part of every version, of every dataset
 * and on every machine, so that nothing that was tuned on is tested with.
 */
import { createHash } from 'node:crypto';
import type { DatapointContent } from '../../model/datapoint.ts';

export const SPLITS = ['train', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** `testShare`: 0 to 1. A larger share holds all of a smaller one. */
export function splitOf(datapoint: Pick<DatapointContent, 'inputs' | 'messages'>, testShare: number): Split {
  return placeOf(datapoint) < testShare ? 'test' : 'train';
}

/** 0 to 1, evenly. */
function placeOf({ inputs, messages }: Pick<DatapointContent, 'inputs' | 'messages'>): number {
  const hash = createHash('sha256')
    .update(JSON.stringify(sorted({ inputs, messages })))
    .digest();
  return hash.readUIntBE(0, 6) / 2 ** 48;
}

/** Members in the order of their names: it says nothing who wrote them first. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
}
