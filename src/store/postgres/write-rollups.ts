/**
 * The exceptions to folding: who removes logs, or changes a property of one, calls `takeOut` or `movePair` in the same transaction,
 * before the rows change and with the locks of the logs. SQLite's write-rollups.ts says the same.
 */
import { addLog, addToRow, addValueOf, type Deltas, type FoldedIds, noDeltas } from '../rollups/deltas.ts';
import { logFacts } from '../rollups/log-facts.ts';
import { hourOf } from '../rollups/rolled.ts';
import { type Mark, readEntries, readFacts, readMark } from './change-entries.ts';
import type { Session } from './connection.ts';
import { writeMark } from './fold-batch.ts';
import type { Interned } from './interned.ts';
import { lockRollups } from './locks.ts';
import { changedRows, NewIds, storeRows } from './rollup-deltas.ts';

/** A score, or an outcome, as rollups hold it. */
interface Held {
  measure: number;
  origin: number;
  value: number | string;
}

/** What rollups hold of a log: its own numbers or not, and values. */
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

export class WriteRollups {
  readonly #interned: Interned;

  /** Interns on another pool than that of the transactions. */
  constructor(interned: Interned) {
    this.#interned = interned;
  }

  /**
   * Takes logs out of the rollups, with all their scores and outcomes, and forgets their changes. Only what has been folded is in
   * the rollups: the rest is undone by forgetting it.
   */
  async takeOut(session: Session, logs: readonly number[]): Promise<void> {
    await lockRollups(session);
    const mark = await readMark(session);
    const { held, ids, folded } = await this.#heldOf(session, logs, mark);
    const deltas = noDeltas();
    for (const [log, { own, values }] of held) {
      const facts = folded.facts(log);
      if (facts === undefined) continue;
      if (own) addLog(deltas, facts, folded, -1);
      for (const { measure, origin, value } of values.values())
        addValueOf(deltas, measure, facts, folded.originPairs(origin), value, -1);
    }
    await session.rows('delete from changes where log = any($1::bigint[])', [logs]);
    await this.#write(session, deltas, ids, mark);
  }

  /** Moves a log from one value of a property to another, null for none. */
  async movePair(session: Session, log: number, name: string, from: string | null, to: string | null): Promise<void> {
    await lockRollups(session);
    const mark = await readMark(session);
    const { held, ids, folded, dropped } = await this.#heldOf(session, [log], mark);
    const facts = folded.facts(log);
    if (facts === undefined || from === to || dropped.has(name)) return;
    const { own, values } = held.get(log)!;
    const deltas = noDeltas();
    const hour = hourOf(facts.startedAtMs);
    for (const [value, times] of [[from, -1] as const, [to, 1] as const]) {
      if (value === null) continue;
      const pair = ids.pair(facts.project, name, value);
      for (const [index, number] of own ? facts.values.entries() : [])
        if (number !== null)
          addToRow(deltas, { measure: folded.logMeasure(facts.project, index), hour, pair }, number, times);
      for (const one of values.values()) addToRow(deltas, { measure: one.measure, hour, pair }, one.value, times);
    }
    await this.#write(session, deltas, ids, mark);
  }

  /** Rows as they are, with the changes undone that are not folded yet, the last one first. */
  async #heldOf(
    session: Session,
    logs: readonly number[],
    mark: Mark,
  ): Promise<{ held: Map<number, HeldOfLog>; ids: NewIds; folded: FoldedIds; dropped: ReadonlySet<string> }> {
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

  async #write(session: Session, deltas: Deltas, ids: NewIds, mark: Mark): Promise<void> {
    await storeRows(session, await changedRows(session, deltas, await ids.resolve(this.#interned)));
    await writeMark(session, { seq: mark.seq, edits: mark.edits + 1 });
  }
}
