/**
 * The PostgreSQL that an installation is copied to. How far the copy is stands in a table `copying` that is there while one is
 * under way, and moves in the transactions that write the rows: a copy that was cut off goes on where it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { openPool, type Session, sessionOf } from '../postgres/connection.ts';
import { Interned } from '../postgres/interned.ts';
import { migrateDatabase } from '../postgres/migrate.ts';
import { Partitions } from '../postgres/partitions.ts';
import { inTransaction } from '../postgres/transaction.ts';
import { COPIED_TABLES } from './copied-tables.ts';
import { COUNTED, type Chunk, type Counts, type Row } from './source.ts';
import { type CopiedNumbers, prepareChunk, writeChunk } from './write-chunk.ts';
import { insertRows } from './insert-rows.ts';
import { refusal, seqsOf } from './seqs.ts';

/** Held by the one who copies. */
const LOCK = 4_757_007;
const STATEMENT_TIMEOUT_MS = 600_000;

export type Tables = Record<'projects' | keyof typeof COPIED_TABLES, Row[]>;

export class CopyTarget {
  readonly #pool: Pool;
  readonly #lock: PoolClient;
  readonly #interned: Interned;
  readonly #partitions: Partitions;

  private constructor(pool: Pool, lock: PoolClient) {
    this.#pool = pool;
    this.#lock = lock;
    this.#interned = new Interned(pool);
    this.#partitions = new Partitions(pool);
  }

  /**
   * Creates the tables and takes the database for this copy. Throws `store_unusable` where it holds something else, or somebody else
   * copies. `after`: the number of the last log of the source that is there already.
   */
  static async open(url: string, source: string): Promise<{ target: CopyTarget; after: number }> {
    await migrateDatabase(url, { forCopy: true });
    const pool = openPool({ url, size: 4, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
    let lock: PoolClient | undefined;
    try {
      lock = await pool.connect();
      lock.on('error', () => {});
      if (!(await hold(lock))) throw refusal('Another gradeway copy writes to this database at the moment.');
      const after = await begin(sessionOf(pool), source);
      return { target: new CopyTarget(pool, lock), after };
    } catch (error) {
      lock?.release(true);
      await pool.end();
      throw error;
    }
  }

  /** All but logs; may be done again. Throws `store_unusable` where the projects cannot be those of the source. */
  async writeTables(tables: Tables): Promise<void> {
    await inTransaction(this.#pool, async (session) => {
      await insertRows(session, 'projects', tables.projects, { id: 'uuid', name: 'text', created_at_ms: 'bigint' });
      const projects = await seqsOf(session, 'projects', tables.projects);
      const own = (rows: Row[]): Row[] => rows.map((row) => ({ ...row, project: projects.get(Number(row.project))! }));
      for (const [name, columns] of Object.entries(COPIED_TABLES)) {
        const rows = tables[name as keyof typeof COPIED_TABLES];
        await insertRows(session, name, 'project' in columns ? own(rows) : rows, columns);
      }
    });
  }

  /** Statements outside of transactions. */
  session(): Session {
    return sessionOf(this.#pool);
  }

  /** What the source's numbers are here, once its tables are. */
  async numbersOf(of: Record<'projects' | 'webhooks' | 'measures' | 'origins', Row[]>): Promise<CopiedNumbers> {
    const session = sessionOf(this.#pool);
    const projects = await seqsOf(session, 'projects', of.projects);
    const webhooks = await seqsOf(session, 'webhooks', of.webhooks);
    const [measures, origins] = [new Map<number, number>(), new Map<number, number>()];
    for (const { id, project, what, name, kind } of of.measures)
      measures.set(
        Number(id),
        await this.#interned.measure(projects.get(Number(project))!, what as 'score', String(name), String(kind)),
      );
    for (const { id, project, source, evaluator, version } of of.origins)
      origins.set(
        Number(id),
        await this.#interned.origin(projects.get(Number(project))!, String(source), String(evaluator), String(version)),
      );
    return { projects, webhooks, measures, origins };
  }

  /** In one transaction with how far it is. */
  async write(chunk: Chunk, numbers: CopiedNumbers, nowMs: number): Promise<void> {
    await this.#partitions.ensure(chunk.logs.map((row) => Number(row.started_at_ms)));
    const rows = await prepareChunk(chunk, numbers, this.#interned);
    await inTransaction(this.#pool, async (session) => {
      await writeChunk(session, rows, nowMs);
      await session.rows('update copying set place = $1', [chunk.last]);
    });
  }

  async counts(): Promise<Counts> {
    const session = sessionOf(this.#pool);
    const counts: Record<string, number> = {};
    for (const [name, table] of Object.entries(COUNTED)) {
      const [row] = await session.rows<{ count: number }>(`select count(*) as count from ${table}`);
      counts[name] = row!.count;
    }
    return counts as Counts;
  }

  /** The bodies of a log as they are stored; undefined where there is no such log. */
  async slot(id: string): Promise<{ bytes: Buffer | null; slot: number | null } | undefined> {
    const [row] = await sessionOf(this.#pool).rows<{ bytes: Buffer | null; slot: number | null }>(
      `select b.bytes, l.slot from log_ids i join logs l on l.seq = i.seq left join blocks b on b.id = l.block where i.id = $1`,
      [id],
    );
    return row;
  }

  /** From now on it is an installation like any other. */
  async finish(): Promise<void> {
    const session = sessionOf(this.#pool);
    await session.rows('drop table copying');
    await session.rows('analyze');
  }

  async close(): Promise<void> {
    this.#lock.release(true);
    await this.#pool.end();
  }
}

/** The server may still be busy with what a copy that was killed had sent. */
async function hold(client: PoolClient): Promise<boolean> {
  for (let tries = 0; tries < 40; tries += 1) {
    const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [LOCK]);
    if (rows[0]!.held) return true;
    await sleep(250);
  }
  return false;
}

async function begin(session: Session, source: string): Promise<number> {
  const [there] = await session.rows<{ is: boolean }>(`select to_regclass('copying') is not null as is`);
  if (there!.is) {
    const [row] = await session.rows<{ source: string; place: number }>('select source, place from copying');
    if (row!.source !== source)
      throw refusal(`It holds an unfinished copy of ${row!.source}. Finish that one, or give an empty database.`);
    return row!.place;
  }
  const [holds] = await session.rows<{ logs: number; keys: number }>(
    'select (select count(*) from log_ids) as logs, (select count(*) from keys) as keys',
  );
  const [more] = await session.rows<{ rows: boolean }>(
    'select exists (select 1 from projects) or exists (select 1 from webhooks) or exists (select 1 from waiting_scores) as rows',
  );
  if (more!.rows || holds!.logs > 0 || holds!.keys > 0)
    throw refusal(
      `It is in use already: it holds ${holds!.logs} logs and ${holds!.keys} keys, and a copy would mix two installations. Give an empty database.`,
    );
  // A gateway that was only started on it has made a secret. That of the source counts, with which addresses were signed.
  await session.rows('delete from secrets');
  await session.rows('create table copying (source text not null, place bigint not null)');
  await session.rows('insert into copying values ($1, 0)', [source]);
  return 0;
}
