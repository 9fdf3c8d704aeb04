/**
 * What rollups hold of a log: its rows as they are, with the changes undone that are not folded yet. For whoever takes logs out of
 * rollups, moves them, or makes rollups anew.
 */
import type { Statement } from 'better-sqlite3';
import type { ChangeEntry } from '../rollups/deltas.ts';
import { CHANGE_COLUMNS, type Mark } from './change-rows.ts';
import type { Connection } from './connection.ts';

/** A score, or an outcome, as rollups hold it. */
export interface Held {
  measure: number;
  origin: number;
  value: number | string;
}

export class HeldValues {
  readonly #pending: Statement;
  readonly #scores: Statement;
  readonly #outcomes: Statement;

  constructor(connection: Connection) {
    this.#pending = connection.prepare(
      `select ${CHANGE_COLUMNS} from changes where seq > ? and log in (select value from json_each(?)) order by seq desc`,
    );
    this.#scores = connection.prepare(
      `select measure, origin, coalesce(number, category) as value from scores where log = ? and superseded = 0`,
    );
    this.#outcomes = connection.prepare(
      `select m.id as measure, o.id as origin, e.outcome as value
       from evaluations e join logs l on l.seq = e.log
       join measures m on m.project = l.project and m.what = 'outcomes' and m.name = e.evaluator and m.kind = 'category'
       join origins o on o.project = l.project and o.source = 'evaluator' and o.evaluator = e.evaluator
         and o.version = e.evaluator_version
       where e.log = ? and e.superseded = 0`,
    );
  }

  /** The changes of logs that are not folded yet, the last one first. */
  pendingOf(logs: readonly number[], mark: Mark): Map<number, ChangeEntry[]> {
    const entries = this.#pending.all(mark.seq, JSON.stringify(logs)) as ChangeEntry[];
    return Map.groupBy(entries, ({ log }) => log);
  }

  /** `own`: whether the log's own numbers are folded. */
  of(log: number, pending: readonly ChangeEntry[]): { own: boolean; held: Held[] } {
    const held = new Map<string, Held>();
    for (const row of [...(this.#scores.all(log) as Held[]), ...(this.#outcomes.all(log) as Held[])])
      held.set(`${row.measure} ${row.origin}`, row);
    let own = true;
    for (const { what, measure, origin, was } of pending) {
      if (what === 'log') own = false;
      if (measure === null || origin === null) continue;
      if (was === null) held.delete(`${measure} ${origin}`);
      else held.set(`${measure} ${origin}`, { measure, origin, value: was });
    }
    return { own, held: [...held.values()] };
  }
}
