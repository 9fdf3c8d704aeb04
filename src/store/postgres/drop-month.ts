/**
 * Removing a month of logs by dropping its tables, which takes no time and leaves nothing to vacuum: where no project keeps any log
 * of it. All that hangs on its logs goes in the same transaction. It is long, and so it holds what others need only at its end,
 * and gives up where they do not let go of it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { KeptFrom, Removed } from '../removals.ts';
import { coded, type Session, sessionOf } from './connection.ts';
import { lockNames } from './locks.ts';
import { countLogs, namesIn, removeBelongings, removeRollups, removeWords } from './month-rows.ts';
import { existingMonths, LAST_MONTH, MONTH_STEP, PARTITIONED, partitionName, startOf } from './partitions.ts';
import { inTransaction } from './transaction.ts';
import type { Names, UnusedNames } from './unused-names.ts';
import { noteAct } from './write-audit.ts';

/** For so long others queue up behind whoever wants to drop a table that is in use, */
const LOCK_TIMEOUT_MS = 200;
/** so often, with pauses in which they get on. */
const TRIES = 15;
const PAUSE_MS = 100;
const LOCKED = '55P03';
/** Values that are looked at together. */
const VALUES = 500;

interface Project extends KeptFrom {
  seq: number;
}

export class DropMonth {
  readonly #pool: Pool;
  readonly #names: UnusedNames;

  constructor(pool: Pool, names: UnusedNames) {
    this.#pool = pool;
    this.#names = names;
  }

  /** The oldest month that can be dropped, if there is one. */
  async oldest(kept: readonly KeptFrom[]): Promise<Removed> {
    // All that is written would wait for it.
    if (this.#pool.options.max < 2) return { removed: 0, more: false };
    const session = sessionOf(this.#pool);
    const projects = await session.rows<{ id: string; seq: number }>('select id, seq from projects');
    for (const month of (await existingMonths(session)).toSorted((one, other) => one - other)) {
      const past = projects.flatMap(({ id, seq }): Project[] => {
        const own = kept.find(({ projectId, beforeMs }) => projectId === id && beforeMs >= startOf(month + 1));
        return own === undefined ? [] : [{ ...own, seq }];
      });
      if (past.length === 0 || month === LAST_MONTH) break;
      const others = projects.map(({ seq }) => seq).filter((seq) => !past.some((one) => one.seq === seq));
      if (await hasLogs(session, month, 'any', others)) continue;
      const removed = await this.#drop(month, past);
      if (removed !== undefined) return { removed, more: true };
    }
    return { removed: 0, more: false };
  }

  /** How many logs were removed; undefined where the month is needed, or in use. */
  async #drop(month: number, past: readonly Project[]): Promise<number | undefined> {
    const names = new Map<number, Names>();
    let removed = 0;
    try {
      const isDropped = await inTransaction(this.#pool, async (session) => {
        // Jobs before logs, as who completes jobs does.
        await session.rows(
          `select count(*) from (select 1 from jobs where log >= $1 and log < $2 order by id for update) held`,
          [month * MONTH_STEP, (month + 1) * MONTH_STEP],
        );
        // Read on, but no longer written.
        const tables = PARTITIONED.map((table) => partitionName(table, month));
        await session.rows(`lock table ${tables.join(', ')} in share row exclusive mode`);
        const keys = past.map(({ seq }) => seq);
        if (await hasLogs(session, month, 'all', keys)) return false;
        const counts = await countLogs(session, month);
        removed = counts.values().reduce((sum, logs) => sum + logs, 0);
        for (const seq of counts.keys()) names.set(seq, await namesIn(session, month, seq));
        await removeBelongings(session, month);
        await removeRollups(session, month);
        await removeWords(session, month);
        for (const { seq, act } of past) await noteAct(session, seq, 'logs.removed', act, counts.get(seq) ?? 0);
        await dropTables(session, tables);
        return true;
      });
      if (!isDropped) return undefined;
    } catch (error) {
      if ((coded(error) as { code?: string }).code === LOCKED) return undefined;
      throw error;
    }
    for (const [project, { properties = [], ...others }] of names) {
      await this.#names.remove(project, others);
      for (let at = 0; at < properties.length; at += VALUES)
        await this.#names.remove(project, { properties: properties.slice(at, at + VALUES) });
    }
    return removed;
  }
}

/** Whether any of these projects, or any but all of these, has logs of the month. */
async function hasLogs(session: Session, month: number, which: 'any' | 'all', projects: number[]): Promise<boolean> {
  const [row] = await session.rows<{ has: boolean }>(
    `select exists (select 1 from ${partitionName('logs', month)}
       where project ${which === 'any' ? '= any' : '<> all'}($1::int[])) as has`,
    [projects],
  );
  return row!.has;
}

/** When nobody is about to write to a log that is in them: who is, holds names. */
async function dropTables(session: Session, tables: readonly string[]): Promise<void> {
  await session.rows(`select set_config('lock_timeout', $1, true)`, [`${LOCK_TIMEOUT_MS}ms`]);
  for (let tries = 1; ; tries += 1) {
    await session.rows('savepoint dropping');
    try {
      await lockNames(session);
      await session.rows(`drop table ${tables.join(', ')}`);
      return;
    } catch (error) {
      if (tries === TRIES || (coded(error) as { code?: string }).code !== LOCKED) throw error;
      await session.rows('rollback to savepoint dropping');
      await sleep(PAUSE_MS);
    }
  }
}
