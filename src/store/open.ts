/** Opens a store by its URL. Which engine it is on is known here and nowhere above. */
import { resolve } from 'node:path';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import { storeThrough } from './client.ts';
import {
  startPostgresIndexer,
  startPostgresQuestions,
  startPostgresReader,
  startPostgresRollups,
  startPostgresWriter,
} from './postgres/threads.ts';
import { fileNameOf, isPostgresUrl, problemOf } from './postgres/url.ts';
import { QuestionPool } from './question-pool.ts';
import {
  startCheckpoints,
  startReader,
  startRollups,
  startTextIndexer,
  startWriter,
  stopThread,
} from './sqlite/threads.ts';
import type { Store } from './store.ts';

/** `path` is absolute: the database's file or, where a server holds it, what the names of this machine's own files (the spool) begin with. */
export type DatabaseLocation =
  | { engine: 'sqlite'; path: string }
  | { engine: 'postgres'; path: string; url: string; poolSize: number };

const POOL_SIZE = 10;

/**
 * Reads `sqlite:./data/gradeway.db`, `sqlite:/absolute/path` or `postgres://user:password@host/database`. `poolSize`: connections
 * that a process holds at most, the one that listens included. `place`: where the URL was given, for messages. Throws
 * `invalid_setting`.
 */
export function parseDatabaseUrl(url: `sqlite:${string}`, cwd: string): DatabaseLocation & { engine: 'sqlite' };
export function parseDatabaseUrl(url: string, cwd: string, poolSize?: number, place?: string): DatabaseLocation;
export function parseDatabaseUrl(
  url: string,
  cwd: string,
  poolSize: number = POOL_SIZE,
  place = 'GRADEWAY_DATABASE_URL',
): DatabaseLocation {
  if (isPostgresUrl(url)) {
    const problem = problemOf(url);
    if (problem !== undefined) throw new GatewayError('invalid_setting', { message: `${place} ${problem}.` });
    // Of each database its own: what is spooled of one must not come back into another.
    return { engine: 'postgres', path: resolve(cwd, 'data', fileNameOf(url)), url, poolSize };
  }
  const [scheme, ...rest] = url.split(':');
  const path = rest.join(':').replace(/^\/\/(?=\/)/, '');
  if (scheme !== 'sqlite' || path === '')
    throw new GatewayError('invalid_setting', {
      message: `${place} is "${redacted(url)}"; it must be sqlite:<path of a file>, such as sqlite:./data/gradeway.db, or postgres://<user>:<password>@<host>/<database>.`,
    });
  return { engine: 'sqlite', path: resolve(cwd, path) };
}

/** The store's threads beside a writer that somebody else runs. */
export interface StoreThreads {
  store: Store;
  /** Serves the reading operations through a port, too. */
  serveReader(port: MessagePort): void;
  close(): Promise<void>;
}

/**
 * Reader, checkpoints, rollups and the word index for a process whose recorder holds the writer. `textReader` is the URL of the
 * module whose `readTexts` reads the texts of logs; without it nobody can ask for them. `keepsWords`: whether this process keeps the
 * word index.
 */
export async function openThreads(
  location: DatabaseLocation,
  writer: { serveWriter: (port: MessagePort) => void; finishCheckpoint: () => void },
  options: { textReader?: string | undefined; keepsWords?: boolean } = {},
): Promise<StoreThreads> {
  const { port1, port2 } = new MessageChannel();
  writer.serveWriter(port1);
  if (location.engine === 'postgres') {
    const reader = await startPostgresReader(location);
    const questions = questionThreads(location, options.textReader);
    const rollups = startPostgresRollups(location);
    const textReader = wordsReader(options);
    const words = textReader === undefined ? undefined : startPostgresIndexer(location, { textReader });
    const close = async (): Promise<void> => {
      await questions.close();
      await stopThread(rollups);
      if (words) await stopThread(words);
      await stopThread(reader);
      port2.close();
    };
    return {
      store: storeThrough({ writer: port2, reader, questions, close }),
      serveReader: (port) => reader.postMessage({ port }, [port]),
      close,
    };
  }
  const reader = await startReader(location.path);
  const checkpoints = startCheckpoints({ path: location.path }, () => writer.finishCheckpoint());
  const textReader = wordsReader(options);
  const words = textReader === undefined ? undefined : startTextIndexer({ path: location.path, textReader });
  const questions = questionThreads(location, options.textReader);
  const forRollups = new MessageChannel();
  writer.serveWriter(forRollups.port1);
  const rollups = startRollups({ path: location.path }, forRollups.port2);
  const close = async (): Promise<void> => {
    await questions.close();
    await stopThread(rollups);
    if (words) await stopThread(words);
    await stopThread(checkpoints);
    await stopThread(reader);
    port2.close();
  };
  return {
    store: storeThrough({ writer: port2, reader, questions, close }),
    serveReader: (port) => reader.postMessage({ port }, [port]),
    close,
  };
}

/** What the word index is kept with; undefined where it is not. */
function wordsReader({
  textReader,
  keepsWords = true,
}: {
  textReader?: string | undefined;
  keepsWords?: boolean;
}): string | undefined {
  return keepsWords ? textReader : undefined;
}

/** A store on a thread that was given the ports of a writer and a reader. Closing it closes nothing but the ports. */
export function connectStore(ports: { writer: MessagePort; reader: MessagePort }): Store {
  return storeThrough({
    ...ports,
    close: async () => {
      ports.writer.close();
      ports.reader.close();
    },
  });
}

/** Opens a store for a command that does not proxy: its own writer and reader. Creates and migrates the database. */
export async function openStore(
  location: DatabaseLocation,
  options: { textReader?: string | undefined } = {},
): Promise<Store> {
  const [writer, reader] = await startBoth(location);
  const questions = questionThreads(location, options.textReader);
  return storeThrough({
    writer,
    reader,
    questions,
    close: async () => {
      await questions.close();
      await stopThread(reader);
      await stopThread(writer);
    },
  });
}

function questionThreads(location: DatabaseLocation, textReader: string | undefined): QuestionPool {
  const start = (): Promise<Worker> =>
    location.engine === 'postgres'
      ? startPostgresQuestions(location, { textReader })
      : startReader(location.path, { textReader });
  return new QuestionPool(start, stopThread);
}

/** At the same time: what takes long is loading the code. Where one fails, the other is ended. */
async function startBoth(location: DatabaseLocation): Promise<[Worker, Worker]> {
  const [writer, reader] = await Promise.allSettled(
    location.engine === 'postgres'
      ? [startPostgresWriter(location), startPostgresReader(location)]
      : [startWriter(location.path), startReader(location.path)],
  );
  if (writer.status === 'fulfilled' && reader.status === 'fulfilled') return [writer.value, reader.value];
  if (writer.status === 'fulfilled') await stopThread(writer.value);
  if (reader.status === 'fulfilled') await stopThread(reader.value);
  throw (writer.status === 'rejected' ? writer : (reader as PromiseRejectedResult)).reason;
}

/** Without what may be a password. */
function redacted(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}
