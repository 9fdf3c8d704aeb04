/** What a question measures, as the database knows it: a measure of one kind for each row of `measures` that it means. */
import type { ScoreKind } from '../../model/score.ts';
import { type AggregateQuestion, LOG_MEASURES, type LogMeasure, type Measure } from '../aggregates.ts';
import { kindOfLogMeasure } from '../rollups/log-values.ts';
import type { MeasureOfKind } from '../rollups/tally.ts';
import type { Connection } from './connection.ts';

export interface AskedMeasure extends MeasureOfKind {
  /** Undefined for a log's own number of which nothing was folded yet. */
  id: number | undefined;
}

/** In the order in which they were asked for, each once; names of which there are no scores mean nothing. */
export function askedMeasures(
  connection: Connection,
  project: number,
  asked: AggregateQuestion['measures'],
): AskedMeasure[] {
  const all = measuresOf(connection, project, asked);
  return [...new Map(all.map((one) => [JSON.stringify([one.measure, one.kind]), one])).values()];
}

function measuresOf(connection: Connection, project: number, asked: AggregateQuestion['measures']): AskedMeasure[] {
  if (asked === 'scores') return stored(connection, project, 'score', null);
  if (asked === 'outcomes') return stored(connection, project, 'outcomes', null);
  if (asked === 'scoresAndOutcomes')
    return [...measuresOf(connection, project, 'scores'), ...measuresOf(connection, project, 'outcomes')];
  return asked.flatMap((measure) => {
    if ('score' in measure) return stored(connection, project, 'score', measure.score);
    if ('outcomes' in measure) return stored(connection, project, 'outcomes', measure.outcomes);
    const [found] = stored(connection, project, 'log', measure.log);
    return [{ measure, kind: kindOfLogMeasure(measure.log), id: found?.id }];
  });
}

/** The place of a log's own number among LOG_MEASURES. */
export function indexOfLogMeasure(measure: LogMeasure): number {
  return LOG_MEASURES.indexOf(measure);
}

function stored(
  connection: Connection,
  project: number,
  what: 'score' | 'outcomes' | 'log',
  name: string | null,
): AskedMeasure[] {
  const rows = connection
    .prepare(
      `select id, name, kind from measures where project = ? and what = ? and (? is null or name = ?) order by name, kind`,
    )
    .all(project, what, name, name) as { id: number; name: string; kind: ScoreKind }[];
  return rows.map((row) => ({ id: row.id, kind: row.kind, measure: { [KEY[what]]: row.name } as unknown as Measure }));
}

const KEY = { score: 'score', outcomes: 'outcomes', log: 'log' } as const;
