/** The writer of a replica: its pools, its operations, its listener. Lives on the recorder thread and serves others through ports. */
import type { MessagePort } from 'node:worker_threads';
import type { Pool } from 'pg';
import { answer, type Call } from '../calls.ts';
import { openPool, sessionOf } from './connection.ts';
import { JOBS_CHANNEL, Listener } from './listener.ts';
import { migrateDatabase } from './migrate.ts';
import { notThere } from './not-there.ts';
import { poolSizes } from './pool-sizes.ts';
import { type PostgresWriteOperations, writeOperations } from './write-operations.ts';

const STATEMENT_TIMEOUT_MS = 30_000;
/** Other replicas are told of jobs no more often than this: a notification serialises commits. */
const NOTIFY_EVERY_MS = 20;
const PARTITIONS_EVERY_MS = 6 * 3_600_000;

export class PostgresWriter {
  readonly #pools: { first: Pool; rest: Pool };
  readonly #operations: PostgresWriteOperations;
  readonly #listener: Listener;
  readonly #onJobs: () => void;
  readonly #timer: NodeJS.Timeout;
  #notifying: NodeJS.Timeout | undefined;

  private constructor(pools: { first: Pool; rest: Pool }, listener: Listener, onJobs: () => void) {
    this.#pools = pools;
    this.#operations = writeOperations(pools);
    this.#listener = listener;
    this.#onJobs = onJobs;
    const ahead = (): void => void this.#operations.ensurePartitions(Date.now()).catch(() => {});
    this.#timer = setInterval(ahead, PARTITIONS_EVERY_MS).unref();
    ahead();
  }

  /** Migrates the database. Throws `store_unusable`. `onJobs` is called when there may be jobs, also of other replicas. */
  static async open(
    { url, poolSize }: { url: string; poolSize: number },
    { replica, onJobs }: { replica: string; onJobs: () => void },
  ): Promise<PostgresWriter> {
    await migrateDatabase(url);
    const listener = new Listener({ url, replica, onJobs });
    await listener.open();
    const { rest } = poolSizes(poolSize);
    const of = (size: number): Pool =>
      openPool({ url, size, statementTimeoutMs: STATEMENT_TIMEOUT_MS, pipeline: true });
    return new PostgresWriter({ first: of(1), rest: of(rest) }, listener, onJobs);
  }

  /** Resolves when the operation is committed. */
  async call(name: string, ...parameters: unknown[]): Promise<never> {
    const operations = this.#operations as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>;
    if (!Object.hasOwn(operations, name)) throw notThere();
    const result = await operations[name]!(...parameters);
    if (name === 'ingest' && (result as { jobs: number }).jobs > 0) {
      this.#onJobs();
      this.#notifying ??= setTimeout(() => this.#notify(), NOTIFY_EVERY_MS);
    }
    return result as never;
  }

  serve(port: MessagePort): void {
    port.on('message', (call: Call) => {
      if ('name' in call) void answer(port, call, () => this.call(call.name, ...call.parameters));
    });
  }

  /** PostgreSQL does so by itself. */
  finishCheckpoint(): void {}

  async close(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#notifying);
    await this.#listener.close();
    await Promise.all([this.#pools.first.end(), this.#pools.rest.end()]);
  }

  #notify(): void {
    this.#notifying = undefined;
    // Where it fails, the others look by themselves within a second.
    void sessionOf(this.#pools.first)
      .rows('select pg_notify($1, $2)', [JOBS_CHANNEL, ''])
      .catch(() => {});
  }
}
