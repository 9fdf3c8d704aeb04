/**
 * The exceptions to folding: who removes logs, or changes a property of one, calls `takeOut` or `movePair` in the same transaction,
 * before the rows change and with the locks of the logs. SQLite's write-rollups.ts says the same.
 */
import { addToRow, type Deltas, noDeltas } from '../rollups/deltas.ts';
import { hourOf } from '../rollups/rolled.ts';
import { DamagedRollup } from '../rollups/row-blob.ts';
import { type Mark, readMark, writeMark } from './change-entries.ts';
import type { Session } from './connection.ts';
import { addHeld, heldOf } from './held-logs.ts';
import type { Interned } from './interned.ts';
import { lockRollups } from './locks.ts';
import { hourFromRows, replaceHour } from './rebuilt-hour.ts';
import { changedRows, type NewIds, storeRows } from './rollup-deltas.ts';

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
    const held = await heldOf(session, logs, mark);
    const deltas = noDeltas();
    addHeld(deltas, held, -1);
    await this.#write(session, deltas, held.ids, mark);
    await session.rows('delete from changes where log = any($1::bigint[])', [logs]);
  }

  /** Moves a log from one value of a property to another, null for none. */
  async movePair(session: Session, log: number, name: string, from: string | null, to: string | null): Promise<void> {
    await lockRollups(session);
    const mark = await readMark(session);
    const { held, ids, folded, dropped } = await heldOf(session, [log], mark);
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

  /** What is damaged is made anew first, each hour once. */
  async #write(session: Session, deltas: Deltas, ids: NewIds, mark: Mark): Promise<void> {
    const resolved = await ids.resolve(this.#interned);
    const rebuilt = new Set<string>();
    for (;;) {
      try {
        await storeRows(session, await changedRows(session, deltas, resolved));
        await writeMark(session, { seq: mark.seq, edits: mark.edits + 1 });
        return;
      } catch (error) {
        if (!(error instanceof DamagedRollup) || rebuilt.has(`${error.measure} ${error.hour}`)) throw error;
        rebuilt.add(`${error.measure} ${error.hour}`);
        await replaceHour(session, await hourFromRows(session, this.#interned, error, mark));
      }
    }
  }
}
