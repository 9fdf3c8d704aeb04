/**
 * Partitions by month. The number of a log has the month of its start in its upper bits, and the number of a block that of its
 * logs: so one range of numbers is one month in every table that hangs on a log, keys stay unique, and a month is removed by
 * dropping its tables (drop-month.ts). Months are made ahead of time, and for whatever older or newer log comes.
 */
import type { Pool } from 'pg';
import { type Session, sessionOf } from './connection.ts';
import { inTransaction } from './transaction.ts';

/** 2^43 numbers a month, and 2^10 months from 1970 on, come to the 2^53 that a number holds exactly. */
export const MONTH_STEP = 2 ** 43;
export const LAST_MONTH = 1023;
/** Table -> the column that carries the month. */
export const PARTITIONED = ['logs', 'blocks', 'log_properties', 'scores', 'evaluations'];
/** Any number will do that nothing else in this database locks. */
const LOCK = 4_757_001;

/** Months since 1970, UTC. Times beyond all months share the first or the last. */
export function monthOf(atMs: number): number {
  const date = new Date(atMs);
  const month = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
  return Number.isNaN(month) ? 0 : Math.min(Math.max(month, 0), LAST_MONTH);
}

/** When a month begins. The first one also has what is older. */
export function startOf(month: number): number {
  return Date.UTC(1970, month);
}

export class Partitions {
  readonly #pool: Pool;
  readonly #known = new Set<number>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Makes what is missing for these times. Several replicas may do so at once. */
  async ensure(timesMs: Iterable<number>): Promise<void> {
    const missing = [...new Set([...timesMs].map(monthOf))].filter((month) => !this.#known.has(month));
    if (missing.length === 0) return;
    const there = await existing(sessionOf(this.#pool));
    for (const month of missing.toSorted((one, other) => one - other)) {
      if (!there.has(month)) await inTransaction(this.#pool, (session) => make(session, month));
      this.#known.add(month);
    }
  }

  /** This month and the next two. */
  async ensureAhead(nowMs: number): Promise<void> {
    const date = new Date(nowMs);
    await this.ensure([0, 1, 2].map((ahead) => Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead)));
  }

  /** After a failure: another replica may have dropped a month. */
  forget(): void {
    this.#known.clear();
  }
}

/** No partition for a row, or one that was dropped while the statement waited for it. */
export function isPartitionGone(error: unknown): boolean {
  const { code, message } = error as { code?: string; message: string };
  return (code === '23514' && message.includes('no partition')) || (code === 'XX000' && message.includes('relation'));
}

/** `logs_2026_11`. */
export function partitionName(table: string, month: number): string {
  return `${table}_${1970 + Math.floor(month / 12)}_${String((month % 12) + 1).padStart(2, '0')}`;
}

/** Months that there are partitions of. */
export async function existingMonths(session: Session): Promise<number[]> {
  return [...(await existing(session))];
}

async function existing(session: Session): Promise<Set<number>> {
  const rows = await session.rows<{ name: string }>(
    `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'logs'::regclass`,
  );
  return new Set(
    rows.map(({ name }) => {
      const [, year, month] = /_(\d+)_(\d+)$/.exec(name)!;
      return (Number(year) - 1970) * 12 + Number(month) - 1;
    }),
  );
}

/** Made apart and then attached: that takes no lock for which readers or writers would have to wait. */
async function make(session: Session, month: number): Promise<void> {
  await session.rows('select pg_advisory_xact_lock($1)', [LOCK]);
  if ((await existing(session)).has(month)) return;
  for (const table of PARTITIONED) {
    const name = partitionName(table, month);
    await session.rows(`create table ${name} (like ${table} including all)`);
    await session.rows(
      `alter table ${table} attach partition ${name} for values from (${month * MONTH_STEP}) to (${(month + 1) * MONTH_STEP})`,
    );
  }
}
