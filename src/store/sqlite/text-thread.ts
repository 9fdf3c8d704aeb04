/**
 * The thread of the word index: follows the logs at the lowest priority, so that proxying and commits are not slowed, and
 * takes removed logs out of the index. `settle` does all of it at once.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { answer, type Call } from '../calls.ts';
import { openConnection } from './connection.ts';
import { importReadTexts } from '../text/read-texts.ts';
import { openTextFile, textPath } from './text-file.ts';
import { TextIndexer } from './text-indexer.ts';

const { path, textReader, everyMs } = workerData as { path: string; textReader: string; everyMs: number };

try {
  if (process.platform === 'linux') setPriority(0, 19);
} catch {
  // Not allowed here: the thread keeps its priority.
}

const readTexts = await importReadTexts(textReader);
let indexer: TextIndexer | undefined;
let timer: NodeJS.Timeout | undefined;

/** Opened when it is first needed: the writer, which starts at the same time, may still be creating the database. */
function open(): TextIndexer {
  indexer ??= new TextIndexer(
    openConnection(path, { readonly: true, once: true }),
    openTextFile(textPath(path)),
    readTexts,
  );
  return indexer;
}

/** One step, then whatever has been asked meanwhile, then the next. */
function follow(): void {
  let more = false;
  try {
    const opened = open();
    more = opened.step();
    opened.follow();
  } catch {
    // Locked, full, or not there yet: it is tried again, and until then logs that are not indexed are read.
    indexer?.close();
    indexer = undefined;
  }
  timer = setTimeout(follow, more ? 0 : everyMs);
}

function settle(): void {
  const opened = open();
  while (opened.step());
  opened.follow();
}

parentPort!.on('message', (call: Call | { close: true }) => {
  if ('name' in call) {
    void answer(parentPort!, call, settle);
    return;
  }
  clearTimeout(timer);
  indexer?.close();
  process.exit(0);
});
follow();
