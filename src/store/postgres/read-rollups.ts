/** Answers from rollups: rows of whole hours, and what has not been folded into them yet. Which rows, says ../rollups/routes.ts. */
import type { AggregateQuestion } from '../aggregates.ts';
import type { AskedMeasure } from '../rollups/asked-measures.ts';
import { addEntry, noDeltas } from '../rollups/deltas.ts';
import { addHours, type RollupRow } from '../rollups/hour-cells.ts';
import { type AskedRange, bucketOfHour, hasHour, type HourRange } from '../rollups/hours.ts';
import { logFacts } from '../rollups/log-facts.ts';
import { ALL_LOGS } from '../rollups/rolled.ts';
import { askedPairs, MOST_PENDING, pendingIds, type RollupRoute, routeOf } from '../rollups/routes.ts';
import type { Tally } from '../rollups/tally.ts';
import { readEntries, readFacts, readMark } from './change-entries.ts';
import type { QuestionSession } from './question-session.ts';

const ROWS = `select r.hour, r.pair, r.summary from rollups r
  where r.measure = $1 and r.hour >= $2 and r.hour < $3 and r.pair = any($4::int[]) order by r.hour`;

/** How rollups answer a question; undefined where they do not, and logs are to be read. */
export async function usableRoute(
  session: QuestionSession,
  question: AggregateQuestion,
  project: number,
): Promise<RollupRoute | undefined> {
  const route = routeOf(question);
  if (route === undefined) return undefined;
  const { seq } = await readMark(session);
  const [row] = await session.rows<{ dropped: boolean; waiting: number }>(
    `select exists (select 1 from rolled_names where project = $1 and name = $2 and dropped > 0) as dropped,
       (select count(*) from (select 1 from changes where seq > $3 limit ${MOST_PENDING}) waiting) as waiting`,
    [project, route.name ?? '', seq],
  );
  return (route.name !== null && row!.dropped) || row!.waiting >= MOST_PENDING ? undefined : route;
}

/** Adds whole hours to the tally. */
export async function addRollups(
  session: QuestionSession,
  tally: Tally,
  of: { project: number; measures: readonly AskedMeasure[]; edgesMs: AggregateQuestion['edgesMs'] },
  to: { route: RollupRoute; asked: AskedRange; hours: readonly HourRange[] },
): Promise<void> {
  const { route, asked, hours } = to;
  const values = await valuesOf(session, of.project, route.name);
  const { ids, measures, isWanted } = pendingIds(of.measures, values);
  const { seq } = await readMark(session);
  const pending = await readEntries(session, 'seq > $1 and project = $2 order by seq', [seq, of.project]);
  const wanted = pending.filter(isWanted);
  const folded = logFacts(await readFacts(session, wanted), ids, (_project, one) => one === route.name);
  const deltas = noDeltas();
  for (const entry of wanted) addEntry(deltas, entry, folded);
  session.checkTime();
  const pairs = askedPairs(route, values);
  const sought = [...pairs.groups.keys(), ...(pairs.rest ? [ALL_LOGS] : [])].filter((pair) => pair >= 0);
  for (const [index, measure] of measures.entries()) {
    const place = {
      index,
      measure,
      bucketOfHour: (hour: number) => (hasHour(hours, hour) ? bucketOfHour(of.edgesMs, asked, hour) : -1),
    };
    addHours(tally, place, pairs, await rowsOf(session, measure, hours, sought), deltas);
  }
}

/** A name's pairs with their values. */
async function valuesOf(session: QuestionSession, project: number, name: string | null): Promise<Map<number, string>> {
  if (name === null) return new Map();
  const rows = await session.rows<{ id: number; value: string }>(
    'select id, value from properties where project = $1 and name = $2',
    [project, name],
  );
  return new Map(rows.map(({ id, value }) => [id, value]));
}

/** Hour by hour. */
async function rowsOf(
  session: QuestionSession,
  measure: number,
  hours: readonly HourRange[],
  pairs: readonly number[],
): Promise<RollupRow[]> {
  if (measure < 0 || pairs.length === 0) return [];
  const found: RollupRow[] = [];
  for (const { fromHour, toHour } of hours)
    for (const row of await session.rows<RollupRow & Record<string, unknown>>(ROWS, [measure, fromHour, toHour, pairs]))
      found.push(row);
  return found;
}
