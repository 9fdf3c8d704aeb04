import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containsText } from '../../src/model/filter-match.ts';
import { readTexts } from '../../src/providers/log-texts.ts';
import { type Connection, openConnection } from '../../src/store/sqlite/connection.ts';
import { openTextFile, textPath } from '../../src/store/sqlite/text-file.ts';
import { TextFunctions } from '../../src/store/sqlite/text-functions.ts';
import { TextIndexer } from '../../src/store/sqlite/text-indexer.ts';
import { joinable, SEGMENT_WIDTH } from '../../src/store/text/joinable.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import type { NewLog } from '../../src/store/store.ts';
import { seeded } from '../bench/random.ts';
import { newLog } from '../fixtures/new-log.ts';

let folder: string;
let path: string;
const open: { close(): void }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-words-'));
  path = join(folder, 'gradeway.db');
});
afterEach(() => {
  for (const one of open.splice(0).toReversed()) one.close();
  rmSync(folder, { recursive: true, force: true });
});

function kept<One extends { close(): void }>(one: One): One {
  open.push(one);
  return one;
}

const saying = (input: string, output: string): NewLog =>
  newLog({
    requestBody: Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: input }] })),
    responseBody: Buffer.from(JSON.stringify({ choices: [{ message: { role: 'assistant', content: output } }] })),
  });

const indexer = (): TextIndexer =>
  new TextIndexer(openConnection(path, { readonly: true }), openTextFile(textPath(path)), readTexts);

function index(): void {
  const one = indexer();
  try {
    while (one.step());
  } finally {
    one.close();
  }
}

interface Asking {
  connection: Connection;
  functions: TextFunctions;
  /** Numbers of the logs that contain a part, and how many logs were looked at for it. */
  find: (part: string, which?: 'input' | 'output' | 'any') => { found: number[]; looked: number };
}

function asking(): Asking {
  const connection = kept(openConnection(path, { readonly: true }));
  let looked = 0;
  const functions = kept(
    new TextFunctions(connection, (log) => {
      looked += 1;
      return readTexts(log);
    }),
  );
  const statement = connection
    .prepare('select seq from logs where text_candidate(seq) and text_contains(seq, ?, ?) order by seq')
    .pluck();
  return {
    connection,
    functions,
    find(part, which = 'any') {
      looked = 0;
      const found = functions.withCandidates({ text: which, contains: part }, () => statement.all(which, part));
      return { found: found as number[], looked };
    },
  };
}

describe('the word index on SQLite', () => {
  it('names the logs that contain a part, without case, and reads no others', async () => {
    const writer = kept(new SqliteWriter(path));
    const logs = [
      saying('What is the Weather in Paris?', 'It rains.'),
      saying('And in Rome?', 'The weather is fine.'),
      saying('Thanks', 'You are welcome'),
    ];
    await writer.call('ingest', logs, [], 1, false);
    index();
    const { find } = asking();
    expect(find('weather')).toEqual({ found: [1, 2], looked: 2 });
    expect(find('weather', 'output')).toEqual({ found: [2], looked: 2 });
    expect(find('THE WEATHER IN PAR')).toEqual({ found: [1], looked: 1 });
    expect(find('come')).toEqual({ found: [3], looked: 1 });
    expect(find('weather in rome')).toEqual({ found: [], looked: 1 });
    expect(find('?')).toEqual({ found: [1, 2], looked: 3 });
  });

  it('finds logs that it has not indexed yet, and all of them where there is no index', async () => {
    const writer = kept(new SqliteWriter(path));
    await writer.call('ingest', [saying('old', 'one')], [], 1, false);
    const { find } = asking();
    expect(find('old')).toEqual({ found: [1], looked: 1 });
    index();
    await writer.call('ingest', [saying('new', 'one'), saying('new', 'two')], [], 1, false);
    expect(find('one')).toEqual({ found: [1, 2], looked: 3 });
    expect(find('old')).toEqual({ found: [1], looked: 3 });
    index();
    expect(find('old')).toEqual({ found: [1], looked: 1 });
  });

  it.each([
    { name: 'a damaged file', damage: (file: string) => writeFileSync(file, Buffer.alloc(20_000, 7)) },
    {
      name: 'a file of another version',
      damage: (file: string) => {
        const database = new Database(file);
        database.pragma('user_version = 99');
        database.close();
      },
    },
    { name: 'a file that is gone', damage: (file: string) => rmSync(file) },
  ])('makes $name anew', async ({ damage }) => {
    const writer = kept(new SqliteWriter(path));
    await writer.call('ingest', [saying('red', 'green')], [], 1, false);
    index();
    const { find } = asking();
    expect(find('red')).toEqual({ found: [1], looked: 1 });
    for (const end of ['-wal', '-shm']) rmSync(textPath(path) + end, { force: true });
    damage(textPath(path));
    index();
    expect(find('red')).toEqual({ found: [1], looked: 1 });
    expect(find('blue')).toEqual({ found: [], looked: 0 });
  });

  it('forgets an index that was made from another database', async () => {
    const first = new SqliteWriter(path);
    await first.call('ingest', [saying('red', 'green'), saying('red', 'green')], [], 1, false);
    first.close();
    index();
    for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
    const second = kept(new SqliteWriter(path));
    await second.call('ingest', [saying('blue', 'green'), saying('blue', 'green')], [], 1, false);
    index();
    expect(asking().find('blue')).toEqual({ found: [1, 2], looked: 2 });
  });

  it('keeps nobody else from reading its file but others of the machine', async () => {
    const writer = kept(new SqliteWriter(path));
    await writer.call('ingest', [saying('red', 'green')], [], 1, false);
    index();
    expect(statSync(textPath(path)).mode & 0o077).toBe(0);
  });

  it('answers as a scan does, however logs come and go', async () => {
    const random = seeded(5);
    const writer = kept(new SqliteWriter(path));
    const words = kept(indexer());
    const texts = new Map<number, string>();
    let next = 1;
    for (let round = 0; round < 30; round += 1) {
      const logs = Array.from({ length: 1 + random.below(40) }, () => [random.text(20), random.text(60)] as const);
      await writer.call(
        'ingest',
        logs.map(([input, output]) => saying(input, output)),
        [],
        1,
        false,
      );
      for (const [input, output] of logs) texts.set(next++, `${input}\n${output}`);
      if (random.below(3) > 0) words.step();
      if (random.below(3) > 0) continue;
      const removed = [...texts.keys()].filter((seq) => seq < next - 1 && random.below(9) === 0);
      const edit = new Database(path);
      for (const seq of removed) edit.prepare('delete from logs where seq = ?').run(seq);
      edit.close();
      words.purge(removed);
      for (const seq of removed) texts.delete(seq);
    }
    const { find } = asking();
    for (const part of ['sol', 'mi sol', 'karo', ' ten ', 'o', 'varde', 'zz', 'ka ro mi', 'pra\n'])
      expect({ part, found: find(part).found }).toEqual({
        part,
        found: [...texts].filter(([, text]) => containsText(text, part)).map(([seq]) => seq),
      });
  });

  it('takes the words of removed logs out of its file', async () => {
    const writer = kept(new SqliteWriter(path));
    const logs = Array.from({ length: 300 }, (_, index_) => saying(`word${index_}`, index_ === 7 ? 'canary' : 'bird'));
    await writer.call('ingest', logs, [], 1, false);
    const words = kept(indexer());
    while (words.step());
    const { find, functions } = asking();
    expect(find('canary').found).toEqual([8]);
    words.purge([8]);
    words.truncate();
    functions.withCandidates({ text: 'any', contains: 'canary' }, (candidates) => {
      expect(candidates!.atMost(10)).toEqual([]);
    });
    functions.withCandidates({ text: 'any', contains: 'word7' }, (candidates) => {
      expect(candidates!.has(8)).toBe(false);
      expect(candidates!.atMost(9)).toBeUndefined();
    });
  });
});

describe('joining segments', () => {
  it('keeps few of them, however many logs each step brings, and none too wide', () => {
    for (const [steps, width] of [
      [3000, () => 2048],
      [20_000, () => 1],
      [20_000, (step: number) => 1 + ((step * 7919) % 300)],
    ] as const) {
      let segments: { id: number; first: number; width: number; words: number }[] = [];
      let first = 1;
      let most = 0;
      for (let step = 0; step < steps; step += 1) {
        segments.push({ id: step, first, width: width(step), words: 1 });
        first += width(step);
        for (let run = joinable(segments); run.length > 0; run = joinable(segments)) {
          const joined = { ...run[0]!, width: run.reduce((sum, one) => sum + one.width, 0) };
          segments = [...segments.slice(0, -run.length), joined];
        }
        most = Math.max(most, segments.length - first / SEGMENT_WIDTH);
      }
      expect(most).toBeLessThan(60);
      expect(segments.length).toBeLessThan((first / SEGMENT_WIDTH) * 1.5 + 40);
      expect(segments.every((one) => one.width <= SEGMENT_WIDTH)).toBe(true);
      expect(segments.reduce((sum, one) => sum + one.width, 0)).toBe(first - 1);
    }
  });
});
