import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Caller } from '../../src/store/calls.ts';
import { textPath } from '../../src/store/sqlite/text-file.ts';
import { TextIndex } from '../../src/store/sqlite/text-index.ts';
import { startTextIndexer, stopThread } from '../../src/store/sqlite/threads.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import { newLog } from '../fixtures/new-log.ts';

const textReader = new URL('../../src/providers/log-texts.ts', import.meta.url).href;

it('the thread of the word index follows the logs, from before the database exists, and ends when it is told to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-words-'));
  const path = join(folder, 'gradeway.db');
  const thread = startTextIndexer({ path, textReader, everyMs: 20 });
  const index = new TextIndex(textPath(path));
  const writer = await sleep(100).then(() => new SqliteWriter(path));
  try {
    const indexed = (): number | undefined =>
      index.ask({ text: 'any', contains: 'hello' }, (candidates) => candidates?.indexedUpTo);
    await writer.call('ingest', [newLog(), newLog()], [], 1, false);
    while (indexed() !== 2) await sleep(10);
    await writer.call('ingest', [newLog()], [], 1, false);
    await new Caller(thread).call('settle', []);
    expect(indexed()).toBe(3);
    index.ask({ text: 'any', contains: 'hello' }, (candidates) => expect(candidates!.atMost(5)).toEqual([3, 2, 1]));
  } finally {
    await stopThread(thread);
    index.close();
    writer.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
