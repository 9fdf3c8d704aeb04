/**
 * Questions about numbers of many logs, the same on every engine: what is measured, grouped by what, in which stretches of time. They
 * are answered from hourly rollups where these hold the answer, and by reading logs where they do not; the numbers are the same.
 * Lists of logs stand in questions.ts.
 */
import type { Dimension, LogMeasure } from '../model/measure.ts';
import type { ScoreKind } from '../model/score.ts';
import type { Counts } from '../statistics/counts.ts';
import type { Description } from '../statistics/description.ts';
import type { Summary } from '../statistics/summary.ts';
import type { Slice } from './questions.ts';

/** What is measured: a number of the log, a score by its name, or how an evaluator's looks ended (counts by outcome). */
export type Measure = { log: LogMeasure } | { score: string } | { outcomes: string };

export interface AggregateQuestion extends Slice {
  /** `scores`: every score that the project has had; `outcomes`: of every evaluator; `scoresAndOutcomes`: both, in the same groups. */
  measures: Measure[] | 'scores' | 'outcomes' | 'scoresAndOutcomes';
  groupBy: Dimension | null;
  /** Ascending times that bound consecutive buckets, [edge, next edge); null is one bucket of the whole range. At most 10,000. */
  edgesMs: number[] | null;
  /** Groups beyond so many, by count, share the group `other: true`. */
  groupLimit: number;
  timeLimitMs: number;
}

export interface AggregateRow {
  measure: Measure;
  kind: ScoreKind;
  group: string | null;
  /** The rest of the groups, together. */
  other: boolean;
  /** Index into the buckets. */
  bucket: number;
  /** Numbers, and booleans as 1 and 0. */
  numbers: Summary | null;
  /** Categories, and outcomes. */
  categories: Counts | null;
}

export interface Aggregate {
  rows: AggregateRow[];
  /** How it was found, for those who want to know why it was slow: from rollups, or by reading so many logs. */
  plan: { rollups: boolean; scannedLogs: number };
}

/** What the values of a row come to, in place of the values. */
export interface DescribedRow extends Omit<AggregateRow, 'numbers' | 'categories'> {
  description: Description;
}

export interface DescribedAggregate extends Pick<Aggregate, 'plan'> {
  rows: DescribedRow[];
}

/** Both reject with `question_too_large` where the answer takes longer than its time. */
export interface AggregateStore {
  aggregate(question: AggregateQuestion): Promise<Aggregate>;
  /** The same, described where it was found; `level` is that of its intervals. For answers of many rows. */
  describe(question: AggregateQuestion, level: number): Promise<DescribedAggregate>;
}
