/** What rollups hold of logs: what their rows say, with the changes undone that are not folded yet. */
import { addLog, addValueOf, type Deltas, type FoldedIds } from '../rollups/deltas.ts';
import { logFacts } from '../rollups/log-facts.ts';
import { type Mark, readEntries, readFacts } from './change-entries.ts';
import type { Session } from './connection.ts';
import { NewIds } from './rollup-deltas.ts';

/** A score, or an outcome, as rollups hold it. */
interface Held {
  measure: number;
  origin: number;
  value: number | string;
}

/** Its own numbers or not, and values. */
interface HeldOfLog {
  own: boolean;
  values: Map<string, Held>;
}

const SCORES = `select log, measure, origin, number, category from scores
  where log = any($1::bigint[]) and superseded = 0`;
const OUTCOMES = `select e.log, m.id as measure, o.id as origin, null::float8 as number, e.outcome as category
  from evaluations e join logs l on l.seq = e.log
  join measures m on m.project = l.project and m.what = 'outcomes' and m.name = e.evaluator and m.kind = 'category'
  join origins o on o.project = l.project and o.source = 'evaluator' and o.evaluator = e.evaluator
    and o.version = e.evaluator_version
  where e.log = any($1::bigint[]) and e.superseded = 0`;

export interface HeldLogs {
  held: Map<number, HeldOfLog>;
  ids: NewIds;
  folded: FoldedIds;
  /** Names that are no longer rolled up, of the logs' projects. */
  dropped: ReadonlySet<string>;
}

/** Rows as they are, with the changes undone that are not folded yet, the last one first. */
export async function heldOf(session: Session, logs: readonly number[], mark: Mark): Promise<HeldLogs> {
  const held = new Map(logs.map((log): [number, HeldOfLog] => [log, { own: true, values: new Map() }]));
  for (const text of [SCORES, OUTCOMES]) {
    const rows = await session.rows<{
      log: number;
      measure: number;
      origin: number;
      number: number | null;
      category: string | null;
    }>(text, [logs]);
    for (const { log, measure, origin, number, category } of rows)
      held.get(log)!.values.set(`${measure} ${origin}`, { measure, origin, value: number ?? category! });
  }
  const pending = await readEntries(session, 'seq > $1 and log = any($2::bigint[]) order by seq desc', [
    mark.seq,
    logs,
  ]);
  for (const { log, what, measure, origin, was } of pending) {
    const of = held.get(log)!;
    if (what === 'log') of.own = false;
    if (measure === null || origin === null) continue;
    if (was === null) of.values.delete(`${measure} ${origin}`);
    else of.values.set(`${measure} ${origin}`, { measure, origin, value: was });
  }
  const of = [...held].flatMap(([log, { values }]) => [
    { log, origin: null },
    ...[...values.values()].map(({ origin }) => ({ log, origin })),
  ]);
  const facts = await readFacts(session, of);
  const projects = [...new Set([...facts.logs.values()].map(({ project }) => project))];
  const names = await session.rows<{ project: number; name: string }>(
    'select project, name from rolled_names where project = any($1::int[]) and dropped > 0',
    [projects],
  );
  const dropped = new Set(names.map(({ project, name }) => `${project} ${name}`));
  const ids = new NewIds();
  return {
    held,
    ids,
    folded: logFacts(facts, ids, (project, name) => !dropped.has(`${project} ${name}`)),
    // Of a log there is but one project.
    dropped: new Set(names.map(({ name }) => name)),
  };
}

/** Adds all that is held, or takes it away. */
export function addHeld(deltas: Deltas, { held, folded }: HeldLogs, times: 1 | -1): void {
  for (const [log, { own, values }] of held) {
    const facts = folded.facts(log);
    if (facts === undefined) continue;
    if (own) addLog(deltas, facts, folded, times);
    for (const { measure, origin, value } of values.values())
      addValueOf(deltas, measure, facts, folded.originPairs(origin), value, times);
  }
}
