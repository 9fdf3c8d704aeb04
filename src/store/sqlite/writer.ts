/**
 * The one writer of a database file: its connection, its operations, its group commit. Lives on the recorder thread
 * and serves others, on whatever thread, through message ports.
 */
import type { MessagePort } from 'node:worker_threads';
import { answer, type Call } from '../calls.ts';
import type { Connection } from './connection.ts';
import { GroupCommit } from './group-commit.ts';
import { openMigrated } from './migrate.ts';
import { type WriteOperations, writeOperations } from './write-operations.ts';

/** The queue's and the rollups' own work: it must not hold up the commits that answers wait for. */
const PATIENT = new Set<keyof WriteOperations>([
  'claimJobs',
  'completeJobs',
  'claimDeliveries',
  'completeDeliveries',
  'sweepDeliveries',
  'removeBodies',
  'removeLogs',
  'removeBefore',
  'sweepScoreNames',
  'useKeys',
  'countRuleDays',
  'applyRollups',
  'applyDay',
  'rebuildRollups',
  'forgetChanges',
  'sweepRollups',
  'sweptRollups',
  'sweepPairs',
]);

export class SqliteWriter {
  readonly #connection: Connection;
  readonly #commit: GroupCommit;
  readonly #operations: WriteOperations;
  readonly #onJobs: () => void;

  /** Opens and migrates the file. Throws `store_unusable`. `onJobs` is called after a commit that may have brought jobs. */
  constructor(path: string, onJobs: () => void = () => {}) {
    this.#connection = openMigrated(path);
    try {
      this.#operations = writeOperations(this.#connection);
    } catch (error) {
      this.#connection.close();
      throw error;
    }
    this.#commit = new GroupCommit(this.#connection, {
      onBegin: () => this.#operations.begin(),
      onRollback: () => this.#operations.forget(),
    });
    this.#onJobs = onJobs;
  }

  /** Runs an operation in the next commit; resolves when it is on the disk. */
  async call<Name extends keyof WriteOperations>(
    name: Name,
    ...parameters: Parameters<WriteOperations[Name]>
  ): Promise<ReturnType<WriteOperations[Name]>> {
    const operation = this.#operations[name] as (...given: unknown[]) => ReturnType<WriteOperations[Name]>;
    const result = await this.#commit.submit(() => operation(...parameters), { patient: PATIENT.has(name) });
    if (name === 'ingest' && (result as { jobs: number }).jobs > 0) this.#onJobs();
    return result;
  }

  /** Serves calls that come through a port. */
  serve(port: MessagePort): void {
    port.on('message', (call: Call) => {
      if (!('name' in call)) return;
      void answer(port, call, () => this.call(call.name as keyof WriteOperations, ...(call.parameters as never)));
    });
  }

  /** What the background checkpoint leaves: quick, and lets the write-ahead log start again from its beginning. */
  finishCheckpoint(): void {
    this.#checkpoint('PASSIVE');
  }

  close(): void {
    this.#commit.flush();
    // Leaves one file behind, with nothing in the write-ahead log.
    this.#checkpoint('TRUNCATE');
    this.#connection.close();
  }

  /** Whatever fails here is still in the write-ahead log, which is as durable; commits report what is wrong with the disk. */
  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    try {
      this.#connection.pragma(`wal_checkpoint(${mode})`);
    } catch {
      // The disk is full, or another process holds the file.
    }
  }
}
