/** Opens a store by its URL. Which engine it is on is known here and nowhere above. */
import { resolve } from 'node:path';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import { storeThrough } from './client.ts';
import { startCheckpoints, startReader, startTextIndexer, startWriter, stopThread } from './sqlite/threads.ts';
import type { Store } from './store.ts';

export interface DatabaseLocation {
  engine: 'sqlite';
  /** Absolute path of the file. */
  path: string;
}

/** Reads `sqlite:./data/gradeway.db` or `sqlite:/absolute/path`. Throws `invalid_setting`. */
export function parseDatabaseUrl(url: string, cwd: string): DatabaseLocation {
  const [scheme, ...rest] = url.split(':');
  const path = rest.join(':').replace(/^\/\/(?=\/)/, '');
  if (scheme !== 'sqlite' || path === '')
    throw new GatewayError('invalid_setting', {
      message: `GRADEWAY_DATABASE_URL is "${redacted(url)}"; it must be sqlite:<path of a file>, such as sqlite:./data/gradeway.db.`,
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
 * Reader, checkpoints and the word index for a process whose recorder holds the writer. `textReader` is the URL of the module
 * whose `readTexts` reads the texts of logs; without it nobody keeps the word index.
 */
export async function openThreads(
  location: DatabaseLocation,
  writer: { serveWriter: (port: MessagePort) => void; finishCheckpoint: () => void },
  options: { textReader?: string | undefined } = {},
): Promise<StoreThreads> {
  const { port1, port2 } = new MessageChannel();
  writer.serveWriter(port1);
  const reader = await startReader(location.path);
  const checkpoints = startCheckpoints({ path: location.path }, () => writer.finishCheckpoint());
  const { textReader } = options;
  const words = textReader === undefined ? undefined : startTextIndexer({ path: location.path, textReader });
  const close = async (): Promise<void> => {
    if (words) await stopThread(words);
    await stopThread(checkpoints);
    await stopThread(reader);
    port2.close();
  };
  return {
    store: storeThrough({ writer: port2, reader, close }),
    serveReader: (port) => reader.postMessage({ port }, [port]),
    close,
  };
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
export async function openStore(location: DatabaseLocation): Promise<Store> {
  const [writer, reader] = await startBoth(location.path);
  return storeThrough({
    writer,
    reader,
    close: async () => {
      await stopThread(reader);
      await stopThread(writer);
    },
  });
}

/** At the same time: what takes long is loading the code. Where one fails, the other is ended. */
async function startBoth(path: string): Promise<[Worker, Worker]> {
  const [writer, reader] = await Promise.allSettled([startWriter(path), startReader(path)]);
  if (writer.status === 'fulfilled' && reader.status === 'fulfilled') return [writer.value, reader.value];
  if (writer.status === 'fulfilled') await stopThread(writer.value);
  if (reader.status === 'fulfilled') await stopThread(reader.value);
  throw (writer.status === 'rejected' ? writer : (reader as PromiseRejectedResult)).reason;
}

/** Without what may be a password. */
function redacted(url: string): string {
  return url.replace(/\/\/[^@/]*@/, '//***@');
}
