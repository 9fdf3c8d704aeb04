/** The database file that an installation is copied from: read only, row by row as they are stored, oldest log first. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Statement } from 'better-sqlite3';
import { GatewayError } from '../../errors.ts';
import { isGone, replicasBeside } from '../presence.ts';
import { type Connection, openConnection } from '../sqlite/connection.ts';
import { openMigrated } from '../sqlite/migrate.ts';
import { uuidOfBytes } from '../sqlite/uuid.ts';
import type { COPIED_TABLES } from './copied-tables.ts';

/** A row by its columns' names; ids as texts. */
export type Row = Record<string, string | number | Buffer | null>;

/** Logs in order, with everything that hangs on them. */
export interface Chunk {
  logs: Row[];
  blocks: Map<number, Buffer>;
  scores: Row[];
  evaluations: Row[];
  jobs: Row[];
  deliveries: Row[];
  /** Number of its last log. */
  last: number;
}

/** What is verified in the end, by what it is called. */
export const COUNTED = {
  projects: 'projects',
  keys: 'keys',
  logs: 'logs',
  'properties of logs': 'log_properties',
  scores: 'scores',
  'scores that wait for their log': 'waiting_scores',
  evaluations: 'evaluations',
  jobs: 'jobs',
  'hidden properties': 'hidden_properties',
  'settings of projects': 'project_settings',
  'entries of the audit': 'audit',
  evaluators: 'evaluators',
  'versions of evaluators': 'definitions',
  'evaluators that failed last or are paused': 'breakers',
  alerts: 'alerts',
  'events of alerts': 'alert_events',
  rules: 'rules',
  'foreign records': 'foreign_records',
  webhooks: 'webhooks',
  deliveries: 'deliveries d where exists (select 1 from webhooks w where w.seq = d.webhook)',
  secrets: 'secrets',
  datasets: 'datasets',
  'versions of datasets': 'dataset_versions',
  runs: 'runs',
  'outputs of runs': 'run_outputs o where exists (select 1 from runs r where r.seq = o.run)',
  'results of runs': 'run_results o where exists (select 1 from runs r where r.seq = o.run)',
  datapoints: 'datapoints p where exists (select 1 from datasets d where d.seq = p.dataset)',
} as const;
export type Counts = Record<keyof typeof COUNTED, number>;

const CHUNK_LOGS = 1000;
/** Of compressed bodies: what one transaction holds in memory on both sides. */
const CHUNK_BYTES = 16 << 20;
/** Logs of one block stand together. */
const BLOCK_LOGS = 64;

export class CopySource {
  readonly #path: string;
  readonly #connection: Connection;
  readonly #logs: Statement;
  readonly #restOfBlock: Statement;
  readonly #block: Statement;

  private constructor(path: string, connection: Connection) {
    this.#path = path;
    this.#connection = connection;
    this.#logs = connection.prepare('select * from logs where seq > ? order by seq limit ?');
    this.#restOfBlock = connection.prepare('select * from logs where seq > ? and seq <= ? and block = ? order by seq');
    this.#block = connection.prepare('select bytes from blocks where id = ?').pluck();
  }

  /** Brings the file to this version's schema first. Throws `store_unusable`, also while a gateway uses it. */
  static open(path: string): CopySource {
    if (!existsSync(path)) throw new GatewayError('store_unusable', { message: `There is no database ${path}.` });
    assertAtRest(path);
    openMigrated(path).close();
    return new CopySource(path, openConnection(path, { readonly: true }));
  }

  /** All rows of a table that is not one of logs. */
  table(
    name:
      | 'projects'
      | 'measures'
      | 'origins'
      | 'datasets'
      | 'dataset_versions'
      | 'runs'
      | 'alert_events'
      | keyof typeof COPIED_TABLES,
  ): Row[] {
    return (this.#connection.prepare(`select * from ${name}`).all() as Row[]).map(withIds);
  }

  /** Datapoints behind a number, in the order of their numbers. */
  datapoints(after: number, limit: number): Row[] {
    const rows = this.#connection.prepare('select * from datapoints where seq > ? order by seq limit ?');
    return (rows.all(after, limit) as Row[]).map(withIds);
  }

  /** Rows of a run, behind a position, whole positions of them; `last` is the last position. */
  ofRun(table: 'run_outputs' | 'run_results', run: number, after: number, positions: number): Row[] {
    const rows = this.#connection.prepare(
      `select * from ${table} where run = @run and position > @after and position <= (
         select max(position) from (
           select distinct position from ${table} where run = @run and position > @after order by position limit @positions))
       order by position`,
    );
    return (rows.all({ run, after, positions }) as Row[]).map(withIds);
  }

  counts(): Counts {
    const count = (table: string): number =>
      this.#connection.prepare(`select count(*) from ${table}`).pluck().get() as number;
    return Object.fromEntries(Object.entries(COUNTED).map(([name, table]) => [name, count(table)])) as Counts;
  }

  /** The next logs behind a number, whole blocks of them; undefined where there are none. */
  chunk(after: number): Chunk | undefined {
    const rows = this.#logs.all(after, CHUNK_LOGS) as Row[];
    const end = rows.at(-1);
    if (end === undefined) return undefined;
    const seq = Number(end.seq);
    if (end.block !== null) rows.push(...(this.#restOfBlock.all(seq, seq + BLOCK_LOGS, end.block) as Row[]));
    const blocks = new Map<number, Buffer>();
    const logs: Row[] = [];
    let bytes = 0;
    for (const row of rows) {
      const block = row.block as number | null;
      if (block !== null && !blocks.has(block)) {
        if (bytes > CHUNK_BYTES) break;
        const stored = this.#block.get(block) as Buffer;
        blocks.set(block, stored);
        bytes += stored.length;
      }
      logs.push(withIds(row));
    }
    const last = Number(logs.at(-1)!.seq);
    const of = (table: string, order: string): Row[] =>
      this.#connection
        .prepare(`select * from ${table} where log > ? and log <= ? order by ${order}`)
        .all(after, last) as Row[];
    return {
      logs,
      blocks,
      scores: of('scores', 'log'),
      evaluations: of('evaluations', 'log'),
      jobs: of('jobs', 'id'),
      deliveries: this.#deliveries(after, last),
      last,
    };
  }

  /** Some logs at random. */
  sample(count: number): Row[] {
    const last = this.#connection.prepare('select max(seq) from logs').pluck().get() as number | null;
    const step = Math.max(1, Math.floor((last ?? 0) / count));
    const rows: Row[] = [];
    for (let from = 0; from < (last ?? 0); from += step) rows.push(...(this.#logs.all(from, 1) as Row[]));
    return rows.map(withIds);
  }

  block(id: number): Buffer {
    return this.#block.get(id) as Buffer;
  }

  /** Throws where a gateway has begun to use the file meanwhile. */
  assertAtRest(): void {
    assertAtRest(this.#path);
  }

  close(): void {
    this.#connection.close();
  }

  /** By webhook, as they are keyed. */
  #deliveries(after: number, last: number): Row[] {
    return this.#connection
      .prepare(
        'select d.* from webhooks w join deliveries d on d.webhook = w.seq and d.log > ? and d.log <= ? order by d.webhook, d.log',
      )
      .all(after, last) as Row[];
  }
}

/** Nobody writes to it, and no log waits beside it. */
function assertAtRest(path: string): void {
  const running = replicasBeside(path).filter((replica) => !isGone(path, replica));
  if (running.length > 0)
    throw new GatewayError('store_unusable', {
      message: `${path} is used by ${running.length === 1 ? 'a running gateway' : `${running.length} running gateways`}. Stop it, then copy.`,
    });
  const spooled = readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.spool.`));
  if (spooled.length > 0)
    throw new GatewayError('store_unusable', {
      message: `Logs wait in ${spooled.length} files ${path}.spool.*. Start the gateway on this database, stop it, and copy then.`,
    });
}

/** Every id that is stored in 16 bytes is a UUID. */
function withIds(row: Row): Row {
  for (const name of ['id', 'request_id', 'key', 'datapoint', 'log'])
    if (Buffer.isBuffer(row[name])) row[name] = uuidOfBytes(row[name]);
  return row;
}
