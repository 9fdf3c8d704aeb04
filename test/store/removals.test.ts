import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Caller } from '../../src/store/calls.ts';
import { startCheckpoints, startTextIndexer, stopThread } from '../../src/store/sqlite/threads.ts';
import { openStore } from '../../src/store/open.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import { DEFAULT_PROJECT, type NewLog } from '../../src/store/store.ts';
import { seeded } from '../bench/random.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-removals-'));
  path = join(folder, 'gradeway.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const act = removalAct();
const CANARY = 'canaryx5f8a1c9e7d';
const chat = (input: string, output: string): Partial<NewLog> => ({
  requestBody: Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: input }] })),
  responseBody: Buffer.from(JSON.stringify({ choices: [{ message: { role: 'assistant', content: output } }] })),
});

/** Everything in the folder that has a text, in whatever is compressed, too. */
function placesOf(text: string): string[] {
  const places = readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(text));
  const look = (file: string, sql: string): void => {
    const database = new Database(join(folder, file), { readonly: true });
    for (const bytes of database.prepare(sql).pluck().all() as Buffer[])
      if (zstdDecompressSync(bytes).includes(text)) places.push(`${file}: ${sql}`);
    database.close();
  };
  look('gradeway.db', 'select bytes from blocks');
  if (readdirSync(folder).includes('gradeway.db.text')) look('gradeway.db.text', 'select vocabulary from segments');
  return places;
}

describe('removing bodies', () => {
  it('leaves nothing of them in any file, and everything of the logs beside them', async () => {
    const random = seeded(3);
    const writer = new SqliteWriter(path);
    const textReader = new URL('../../src/providers/log-texts.ts', import.meta.url).href;
    const words = startTextIndexer({ path, textReader, everyMs: 20 });
    const checkpoints = startCheckpoints({ path, everyMs: 20 }, () => writer.finishCheckpoint());
    try {
      for (let at = 0; at < 400; at += 10) {
        const logs = Array.from({ length: 10 }, (_, index) => {
          const old = (at + index) % 2 === 0;
          const said = `${random.text(200)} ${old ? CANARY : 'kept'}`;
          return newLog({ startedAtMs: old ? 1000 + at : 9000 + at, ...chat(said, said) });
        });
        await writer.call('ingest', logs, [], 1, false);
      }
      await new Caller(words).call('settle', []);
      expect(placesOf(CANARY).length).toBeGreaterThan(1);
      let removed = 0;
      for (let more = true; more;) {
        const unit = await writer.call('removeBodies', DEFAULT_PROJECT.id, 5000, 1000, act);
        removed += unit.removed;
        more = unit.more;
      }
      expect(removed).toBe(200);
      await new Caller(words).call('settle', []);
      for (let round = 0; round < 200 && placesOf(CANARY).length > 0; round += 1) await sleep(20);
      expect(placesOf(CANARY)).toEqual([]);
      expect(placesOf('kept').length).toBeGreaterThan(1);
    } finally {
      await stopThread(words);
      await stopThread(checkpoints);
      writer.close();
    }
  });

  it('takes the oldest first, so many as are wanted, and never one twice', async () => {
    const store = await openStore({ engine: 'sqlite', path });
    const logs = Array.from({ length: 1500 }, (_, index) => newLog({ startedAtMs: 10_000 - index }));
    for (let at = 0; at < logs.length; at += 100) await store.logs.add(logs.slice(at, at + 100), 1);
    const { id: project } = DEFAULT_PROJECT;
    const bodiesOf = async (index: number): Promise<number | undefined> =>
      (await store.logs.find(project, logs[index]!.id))!.requestBody?.length;
    expect(await store.removals.removeBodies(project, 9_990, 100, act)).toEqual({ removed: 100, more: true });
    expect(await bodiesOf(1499)).toBeUndefined();
    expect(await bodiesOf(1400)).toBeUndefined();
    expect(await bodiesOf(1399)).toBeGreaterThan(0);
    expect(await store.removals.removeBodies(project, 9_990, 10_000, act)).toEqual({ removed: 1389, more: false });
    expect(await store.removals.removeBodies(project, 9_990, 10_000, act)).toEqual({ removed: 0, more: false });
    expect(await bodiesOf(10)).toBeGreaterThan(0);
    // One that comes late is found, too.
    const late = newLog({ startedAtMs: 9_000 });
    await store.logs.add([late], 1);
    expect(await store.removals.removeBodies(project, 9_990, 10_000, act)).toEqual({ removed: 1, more: false });
    const row = (await store.logs.find(project, late.id))!;
    expect([row.requestOmitted, row.responseOmitted, row.requestSize]).toEqual([true, true, late.requestSize]);
    expect(row.requestHeaders).toEqual(late.requestHeaders);
    await store.close();
  });

  it('touches no other project', async () => {
    const store = await openStore({ engine: 'sqlite', path });
    const log = newLog({ startedAtMs: 1 });
    await store.logs.add([log], 1);
    const other = '00000000-0000-7000-8000-000000000001';
    expect(await store.removals.removeBodies(other, 100, 10, act)).toEqual({ removed: 0, more: false });
    expect((await store.logs.find(DEFAULT_PROJECT.id, log.id))!.requestBody).toBeDefined();
    await store.close();
  });
});
