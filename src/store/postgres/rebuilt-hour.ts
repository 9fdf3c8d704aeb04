/**
 * Making the rollups of a project's hour anew, from rows: of damaged ones nobody knows what else is wrong. They hold afterwards what
 * the rows said at the mark, as ever. What is read needs no lock where whoever stores it looks whether the mark has moved.
 */
import { noDeltas } from '../rollups/deltas.ts';
import { HOUR_MS } from '../rollups/rolled.ts';
import { changedBytes } from '../rollups/row-blob.ts';
import type { Mark } from './change-entries.ts';
import type { Session } from './connection.ts';
import { addHeld, heldOf } from './held-logs.ts';
import type { Interned } from './interned.ts';
import { type ChangedRow, keyText, storeRows, touchedRows } from './rollup-deltas.ts';

/** Logs that are read together: so much stands in memory. */
const LOGS_AT_ONCE = 1000;

export interface RebuiltHour {
  /** Of a measure of the project. */
  measure: number;
  hour: number;
  rows: ChangedRow[];
}

/** Interns on another session than the given one. */
export async function hourFromRows(
  session: Session,
  interned: Interned,
  { measure, hour }: { measure: number; hour: number },
  mark: Mark,
): Promise<RebuiltHour> {
  const logs = await session.rows<{ seq: number }>(
    `select seq from logs where project = (select project from measures where id = $1)
     and started_at_ms >= $2 and started_at_ms < $3 order by seq`,
    [measure, hour * HOUR_MS, (hour + 1) * HOUR_MS],
  );
  const rows = new Map<string, ChangedRow>();
  for (let at = 0; at < logs.length; at += LOGS_AT_ONCE) {
    const some = logs.slice(at, at + LOGS_AT_ONCE).map(({ seq }) => seq);
    const held = await heldOf(session, some, mark);
    const deltas = noDeltas();
    addHeld(deltas, held, 1);
    for (const { delta, ...key } of touchedRows(deltas, await held.ids.resolve(interned))) {
      const before = rows.get(keyText(key))?.bytes ?? undefined;
      rows.set(keyText(key), { ...key, bytes: changedBytes(before, delta) });
    }
  }
  return { measure, hour, rows: [...rows.values()] };
}

/** Puts them in place of what is there. With the lock of rollups. */
export async function replaceHour(session: Session, { measure, hour, rows }: RebuiltHour): Promise<void> {
  await session.rows(
    `delete from rollups where hour = $2 and measure = any(
       select id from measures where project = (select project from measures where id = $1))`,
    [measure, hour],
  );
  await storeRows(session, rows);
}
