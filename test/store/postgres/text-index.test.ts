/** The word index on PostgreSQL: it rules logs out, and never one that a scan finds. */
import type { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { containsText } from '../../../src/model/filter-match.ts';
import { vocabularyText } from '../../../src/store/text/segment.ts';
import { readTexts } from '../../../src/providers/log-texts.ts';
import { openPool, sessionOf } from '../../../src/store/postgres/connection.ts';
import { questionOperations } from '../../../src/store/postgres/question-operations.ts';
import { TextIndexer } from '../../../src/store/postgres/text-indexer.ts';
import { listSegments } from '../../../src/store/postgres/text-segments.ts';
import { DEFAULT_PROJECT, type NewLog, type Store } from '../../../src/store/store.ts';
import { seededRandom } from '../../fakes/random.ts';
import { newLog } from '../../fixtures/new-log.ts';
import { removalAct } from '../../fixtures/removal-act.ts';
import { openStoreHere } from '../postgres-here.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';

const NOW = 1_790_000_000_000;
const MONTH_MS = 30 * 86_400_000;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Opened {
  store: Store;
  pool: Pool;
  /** Ids of the logs that contain a part, and how many logs were looked at for it. */
  find: (part: string) => Promise<{ found: string[]; looked: number }>;
}

async function open(): Promise<Opened> {
  const url = await server.createDatabase();
  const store = await openStoreHere(url);
  const pool = openPool({ url, size: 1, statementTimeoutMs: 20_000 });
  closing.push(
    () => store.close(),
    () => pool.end(),
  );
  let looked = 0;
  const questions = questionOperations(pool, (log) => {
    looked += 1;
    return readTexts(log);
  });
  const find = async (part: string): Promise<{ found: string[]; looked: number }> => {
    looked = 0;
    const { logs } = await questions.listLogs({
      projectId: DEFAULT_PROJECT.id,
      filter: { text: 'any', contains: part },
      fromMs: null,
      toMs: null,
      order: { by: 'startedAtMs', direction: 'asc' },
      after: null,
      offset: 0,
      limit: 1000,
      bodies: false,
      timeLimitMs: 20_000,
    });
    return { found: logs.map(({ id }) => id).toSorted(), looked };
  };
  return { store, pool, find };
}

function saying(input: string, startedAtMs = NOW): NewLog {
  const requestBody = Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: input }] }));
  return newLog({ requestBody, responseBody: undefined, startedAtMs });
}

async function index(pool: Pool): Promise<void> {
  const indexer = new TextIndexer(pool, readTexts);
  while ((await indexer.step()) !== 'nothing');
}

describe('the word index on PostgreSQL', () => {
  it('names the logs that contain a part, without case, and reads no others', async () => {
    const { store, pool, find } = await open();
    const logs = [
      saying('What is the Weather in Paris?'),
      saying('The weather in Rome', NOW + 2 * MONTH_MS),
      saying('?'),
    ];
    const [paris, rome] = logs.map(({ id }) => id) as [string, string];
    await store.logs.add(logs, NOW);
    expect(await find('weather')).toEqual({ found: [paris, rome].toSorted(), looked: 3 });
    await index(pool);
    expect(await find('weather')).toEqual({ found: [paris, rome].toSorted(), looked: 2 });
    expect(await find('THE WEATHER IN PAR')).toEqual({ found: [paris], looked: 1 });
    expect(await find('eather in rom')).toEqual({ found: [rome], looked: 1 });
    expect(await find('nowhere')).toEqual({ found: [], looked: 0 });
    const late = saying('weather');
    await store.logs.add([late], NOW);
    expect(await find('weather')).toEqual({ found: [paris, rome, late.id].toSorted(), looked: 3 });
    expect(await find('nowhere')).toEqual({ found: [], looked: 1 });
  });

  it('finds what a scan finds, while several replicas index what comes', { timeout: 60_000 }, async () => {
    const { store, pool, find } = await open();
    const random = seededRandom(4);
    const words = ['alpha', 'Beta', 'gamma-delta', 'été', '東京', 'x1', '\u{1f600}', 'İstanbul', 'a'.repeat(70)];
    const textOf = (): string => Array.from({ length: random.between(1, 5) }, () => random.pick(words)).join(' ');
    const texts = new Map<string, string>();
    const indexers = [1, 2, 3].map(() => new TextIndexer(pool, readTexts));
    const outcomes: string[] = [];
    for (let round = 0; round < 20; round += 1) {
      const logs = Array.from({ length: 12 }, () => saying(textOf(), NOW + random.between(-1, 1) * MONTH_MS));
      for (const log of logs) texts.set(log.id, JSON.parse(log.requestBody!.toString()).messages[0].content);
      const adding = store.logs.add(logs, NOW);
      outcomes.push(...(await Promise.all(indexers.map((one) => one.step()))));
      await adding;
    }
    await index(pool);
    expect(outcomes).toContain('indexed');
    const segments = await listSegments(sessionOf(pool));
    // Small ones were joined, and together they hold every number once.
    expect(segments.length).toBeLessThan(12);
    for (const [at, { first }] of segments.entries())
      expect(first).toBe(at === 0 ? 1 : segments[at - 1]!.first + segments[at - 1]!.width);
    for (const part of [
      'alpha',
      'BETA',
      'ma-del',
      'ÉT',
      '京',
      'x1',
      '\ud83d',
      'i\u0307stan',
      'aaaaa',
      'alpha beta',
      'q',
    ]) {
      const wanted = [...texts].filter(([, text]) => containsText(text, part)).map(([id]) => id);
      expect({ part, found: (await find(part)).found }).toEqual({ part, found: wanted.toSorted() });
    }
  });

  it('is written anew without logs that are removed', async () => {
    const { store, pool, find } = await open();
    const logs = [saying('canary one'), saying('canary two')];
    await store.logs.add(logs, NOW);
    await index(pool);
    const session = sessionOf(pool);
    const rows = await session.rows<{ seq: number }>('select seq from logs where id = $1', [logs[0]!.id]);
    await new TextIndexer(pool, readTexts).purge(rows.map(({ seq }) => seq));
    expect(await find('one')).toEqual({ found: [], looked: 0 });
    expect(await find('canary')).toEqual({ found: [logs[1]!.id], looked: 1 });
  });

  it('follows removals: their words are in no segment, and nothing is left to follow', async () => {
    const { store, pool, find } = await open();
    const logs = [saying('wordgone one'), saying('bodygone two', NOW - 5), saying('kept three')];
    await store.logs.add(logs, NOW);
    await index(pool);
    const late = saying('lategone four');
    await store.logs.add([late], NOW);
    await store.removals.removeLogs(DEFAULT_PROJECT.id, [logs[0]!.id, late.id], removalAct());
    await store.removals.removeBodies(DEFAULT_PROJECT.id, NOW, 10, removalAct());
    const indexer = new TextIndexer(pool, readTexts);
    await indexer.follow();
    await store.logs.add([saying('another')], NOW);
    await index(pool);
    await indexer.follow();
    const session = sessionOf(pool);
    const segments = await session.rows<{ vocabulary: Buffer }>('select vocabulary from text_segments');
    const words = segments.map((segment) => vocabularyText(segment)).join('\n');
    expect(words).toContain('kept');
    expect(words).not.toMatch(/gone/);
    expect(await find('gone')).toEqual({ found: [], looked: 0 });
    expect(await session.rows('select id from removals')).toEqual([]);
  });
});
