/** What the logs of each value of a property add up to: from rollups where these hold it, else from the logs. */
import { countOf, momentsOfSummary, type Summary } from '../../../statistics/summary.ts';
import type { AggregateRow, AggregateStore, Measure } from '../../../store/aggregates.ts';
import type { QuestionStore, Slice } from '../../../store/questions.ts';
import type { SumStore } from '../../../store/sums.ts';
import { QUESTION_MS, breathe } from '../../streamed.ts';

export interface ValueSum {
  value: string;
  logs: number;
  /** Null where the cost of none is known. */
  costUsd: number | null;
}

export interface TopValues {
  top: ValueSum[];
  /** All other values together. */
  rest: { logs: number; costUsd: number };
}

/** Names with more values have no rollups: their logs are better added up where they lie. */
const MOST_ROLLED = 200;
/** Values that are told apart in a series; the rest is together. */
const MOST_IN_SERIES = 1000;
/** Asked for at once; whatever comes from the store's threads is unpacked on the one that proxies. */
const BUCKETS_A_QUESTION = 168;
/** Every log is in the first, whatever it cost. */
const MEASURES: Measure[] = [{ log: 'error' }, { log: 'costUsd' }];

/** The values that most logs have, or whose logs cost most. */
export async function topValues(
  store: QuestionStore & AggregateStore & SumStore,
  slice: Slice,
  property: string,
  by: 'logs' | 'costUsd',
  limit: number,
): Promise<TopValues> {
  const names = await store.propertyNames(slice.projectId);
  const values = names.find(({ name }) => name === property)?.values ?? 0;
  if (values === 0) return { top: [], rest: { logs: 0, costUsd: 0 } };
  if (values > MOST_ROLLED) return topOfLogs(store, slice, property, by, limit);
  const { rows } = await store.aggregate({
    ...slice,
    measures: MEASURES,
    groupBy: { property },
    edgesMs: null,
    // And those without the property.
    groupLimit: values + 1,
    timeLimitMs: QUESTION_MS,
  });
  const sums = sumsOf(rows).toSorted(
    (one, other) => (other[by] ?? -1) - (one[by] ?? -1) || (one.value < other.value ? -1 : 1),
  );
  const rest = { logs: 0, costUsd: 0 };
  for (const { logs, costUsd } of sums.slice(limit)) {
    rest.logs += logs;
    rest.costUsd += costUsd ?? 0;
  }
  return { top: sums.slice(0, limit), rest };
}

async function topOfLogs(
  store: SumStore,
  slice: Slice,
  property: string,
  by: 'logs' | 'costUsd',
  limit: number,
): Promise<TopValues> {
  const { rows, totals } = await store.sums({
    ...slice,
    by: { property },
    aheadMs: 0,
    having: null,
    order: { by, direction: 'desc' },
    offset: 0,
    limit,
    timeLimitMs: QUESTION_MS,
  });
  const top = rows.map(({ key, logs, costUsd }) => ({ value: key!, logs: logs!, costUsd }));
  const rest = { logs: totals.logs, costUsd: totals.costUsd ?? 0 };
  for (const { logs, costUsd } of top) {
    rest.logs -= logs;
    rest.costUsd -= costUsd ?? 0;
  }
  // What is left of a difference of sums where nothing is left.
  return { top, rest: totals.groups > top.length ? rest : { logs: 0, costUsd: 0 } };
}

/** Bucket by bucket, in the order of the edges; of a bucket without logs the list is empty. */
export async function* valueSeries(
  store: AggregateStore,
  slice: Slice,
  property: string,
  edges: readonly number[],
): AsyncGenerator<ValueSum[]> {
  for (let first = 0; first < edges.length - 1; first += BUCKETS_A_QUESTION) {
    const edgesMs = edges.slice(first, first + BUCKETS_A_QUESTION + 1);
    const { rows } = await store.aggregate({
      ...slice,
      measures: MEASURES,
      groupBy: { property },
      edgesMs,
      groupLimit: MOST_IN_SERIES,
      timeLimitMs: QUESTION_MS,
    });
    const byBucket = Map.groupBy(rows, ({ bucket }) => bucket);
    for (let bucket = 0; bucket < edgesMs.length - 1; bucket += 1) yield sumsOf(byBucket.get(bucket) ?? []);
    await breathe();
  }
}

/** A sum a value; logs without the property are left out. */
function sumsOf(rows: readonly AggregateRow[]): ValueSum[] {
  const sums = new Map<string | null, ValueSum>();
  for (const { measure, group, other, numbers } of rows) {
    if (numbers === null || !('log' in measure) || (group === null && !other)) continue;
    const sum = sums.get(group) ?? { value: group ?? 'Other', logs: 0, costUsd: null };
    sums.set(group, sum);
    if (measure.log === 'error') sum.logs = countOf(numbers);
    else sum.costUsd = totalOf(numbers);
  }
  return [...sums.values()];
}

/** The sum of a summary's values, to the last digit while it has them. */
function totalOf(summary: Summary): number | null {
  const { count, mean } = momentsOfSummary(summary);
  if (count === 0) return null;
  if (summary.folded) return mean * count;
  let total = 0;
  for (const [value, times] of summary.bins) total += value * times;
  return total;
}
