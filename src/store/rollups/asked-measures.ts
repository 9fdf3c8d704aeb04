/** What a question measures, as a database knows it: a measure of one kind for each row of `measures` that it means. */
import type { ScoreKind } from '../../model/score.ts';
import { type AggregateQuestion, type Measure } from '../aggregates.ts';
import { LOG_MEASURES, type LogMeasure } from '../../model/measure.ts';
import { kindOfLogMeasure } from './log-values.ts';
import type { MeasureOfKind } from './tally.ts';

export interface AskedMeasure extends MeasureOfKind {
  /** Undefined for a log's own number of which nothing was folded yet. */
  id: number | undefined;
}

/** A row of `measures`. */
export interface MeasureRow {
  id: number;
  name: string;
  kind: ScoreKind;
}

/** Rows of a project by name and kind: of one name, or of all. */
export type StoredMeasures = (what: 'score' | 'outcomes' | 'log', name: string | null) => MeasureRow[];

/** In the order in which they were asked for, each once; names of which there are no scores mean nothing. */
export function askedMeasures(asked: AggregateQuestion['measures'], stored: StoredMeasures): AskedMeasure[] {
  const all = measuresOf(asked, stored);
  return [...new Map(all.map((one) => [JSON.stringify([one.measure, one.kind]), one])).values()];
}

/** The place of a log's own number among LOG_MEASURES. */
export function indexOfLogMeasure(measure: LogMeasure): number {
  return LOG_MEASURES.indexOf(measure);
}

function measuresOf(asked: AggregateQuestion['measures'], stored: StoredMeasures): AskedMeasure[] {
  const of = (what: 'score' | 'outcomes', name: string | null): AskedMeasure[] =>
    stored(what, name).map((row) => ({ ...row, measure: { [what]: row.name } as unknown as Measure }));
  if (asked === 'scores') return of('score', null);
  if (asked === 'outcomes') return of('outcomes', null);
  if (asked === 'scoresAndOutcomes') return [...of('score', null), ...of('outcomes', null)];
  return asked.flatMap((measure) => {
    if ('score' in measure) return of('score', measure.score);
    if ('outcomes' in measure) return of('outcomes', measure.outcomes);
    const [found] = stored('log', measure.log);
    return [{ measure, kind: kindOfLogMeasure(measure.log), id: found?.id }];
  });
}
