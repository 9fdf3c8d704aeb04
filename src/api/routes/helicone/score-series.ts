/**
 * The numbers of every score over stretches of time, under the names of Helicone's wire. Categories have no numbers there, and are
 * left out.
 */
import { emptySummary, mergeSummary, momentsOfSummary, type Summary } from '../../../statistics/summary.ts';
import type { AggregateStore } from '../../../store/aggregates.ts';
import type { Slice } from '../../../store/questions.ts';
import { QUESTION_MS, breathe } from '../../streamed.ts';
import { wireName } from './score-names.ts';

/** Asked for at once: a week of hours. Whatever comes from the store's threads is unpacked on the one that proxies. */
const BUCKETS_A_QUESTION = 168;

export interface ScoreSeries {
  /** Of all buckets. */
  whole: Summary;
  /** By bucket; 0 where there are none. */
  counts: number[];
  means: number[];
}

/** A series for every score that the project has, by name on the wire, also where it has none in this time. */
export async function scoreSeries(
  store: AggregateStore,
  slice: Slice,
  edges: readonly number[],
  names: readonly { name: string; kind: string }[],
): Promise<Map<string, ScoreSeries>> {
  const buckets = edges.length - 1;
  const found = new Map<string, ScoreSeries>();
  for (const { name, kind } of names) {
    if (kind === 'category') continue;
    const counts = Array.from({ length: buckets }, () => 0);
    found.set(wireName(name, kind === 'boolean'), { whole: emptySummary(), counts, means: [...counts] });
  }
  for (let first = 0; first < buckets && found.size > 0; first += BUCKETS_A_QUESTION) {
    const { rows } = await store.aggregate({
      ...slice,
      measures: 'scores',
      groupBy: null,
      edgesMs: edges.slice(first, first + BUCKETS_A_QUESTION + 1),
      groupLimit: 1,
      timeLimitMs: QUESTION_MS,
    });
    for (const { measure, kind, bucket, numbers } of rows) {
      const series = numbers !== null && 'score' in measure && found.get(wireName(measure.score, kind === 'boolean'));
      if (!series) continue;
      const { count, mean } = momentsOfSummary(numbers);
      const at = first + bucket;
      const before = series.counts[at]!;
      // A number's name may be what a boolean's looks like on the wire: both are that score then.
      series.means[at] = (series.means[at]! * before + mean * count) / (before + count);
      series.counts[at] = before + count;
      mergeSummary(series.whole, numbers);
    }
    await breathe();
  }
  return found;
}
