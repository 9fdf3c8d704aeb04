/**
 * A reader thread: its own connection, on which nothing is written, and the operations that read. Runs at low
 * priority: a question about a million logs must not slow the proxy.
 */
import { setPriority } from 'node:os';
import { parentPort, type MessagePort, workerData } from 'node:worker_threads';
import { answer, type Call } from '../calls.ts';
import { type Connection, openConnection } from './connection.ts';
import { type Readiness, reportFailure } from '../readiness.ts';
import { importReadTexts } from '../text/read-texts.ts';
import { type QuestionOperations, questionOperations } from './question-operations.ts';
import { type ReadOperations, readOperations } from './read-operations.ts';

const { path, textReader } = workerData as { path: string; textReader?: string };
const readTexts = textReader === undefined ? undefined : await importReadTexts(textReader);

// On Linux this sets the calling thread alone; elsewhere it may be refused, which does no harm.
try {
  if (process.platform === 'linux') setPriority(0, 19);
} catch {
  // Not allowed here: the thread keeps its priority.
}

type Operations = ReadOperations & QuestionOperations;

function main(): void {
  // Opened at the first call: the writer, which starts at the same time, may still be creating the file.
  let opened: { connection: Connection; operations: Operations } | undefined;
  const open = (): NonNullable<typeof opened> => {
    const connection = openConnection(path, { readonly: true });
    const questions = questionOperations(connection, readTexts);
    return { connection, operations: { ...readOperations(connection), ...questions } };
  };
  const serve = (port: MessagePort): void => {
    port.on('message', (call: Call | { port: MessagePort } | { close: true }) => {
      if ('port' in call) return serve(call.port);
      if ('close' in call) {
        opened?.connection.close();
        process.exit(0);
      }
      void answer(port, call, () => {
        opened ??= open();
        const operation = opened.operations[call.name as keyof Operations] as (...given: unknown[]) => unknown;
        return operation(...call.parameters);
      });
    });
  };
  serve(parentPort!);
  parentPort!.postMessage({ ready: true } satisfies Readiness);
}

reportFailure(parentPort!, main);
