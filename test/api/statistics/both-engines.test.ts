/** Statistics over HTTP are the same on SQLite and on PostgreSQL, to the last digit that is meant. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openStoreHere } from '../../store/postgres-here.ts';
import { type PostgresServer, startPostgres } from '../../store/postgres-server.ts';
import { type ServedApi, serveApi } from '../served-api.ts';
import { askStatistics } from './ask.ts';
import { addKnownLogs, COUNT, START_MS, STEP_MS } from './known-logs.ts';

let server: PostgresServer;
let engines: ServedApi[];
beforeAll(async () => {
  server = await startPostgres();
  const url = await server.createDatabase();
  engines = await Promise.all([serveApi(), serveApi(() => openStoreHere(url))]);
  for (const { store } of engines) await addKnownLogs(store);
}, 60_000);
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await server.close();
});

const RANGE = { fromMs: START_MS + 90 * 60_000, toMs: START_MS + COUNT * STEP_MS };
const TWO = {
  and: [
    { property: 'promptversion', equals: 'v2' },
    { field: 'status', lt: 400 },
  ],
};

it.each<[string, object]>([
  ['scores', {}],
  ['scores', { ...RANGE, groupBy: { property: 'PromptVersion' } }],
  ['scores', { filter: TWO, groupBy: { field: 'userId' }, groupLimit: 2 }],
  ['scores', { groupBy: { field: 'evaluatorVersion' } }],
  ['logs', { groupBy: { property: 'tier' } }],
  ['logs', { ...RANGE, filter: TWO, groupBy: { field: 'model' } }],
  ['histogram', { measure: { log: 'durationMs' }, bins: { width: 100 }, groupBy: { field: 'provider' } }],
  ['histogram', { measure: { score: 'rubric:tone' }, filter: { text: 'input', contains: 'hello' } }],
  [
    'series',
    {
      ...RANGE,
      bucket: 'day',
      timeZone: 'Asia/Kolkata',
      measures: [{ score: 'accuracy' }, { log: 'costUsd' }, { evaluation: 'rubric' }],
      groupBy: { property: 'promptversion' },
    },
  ],
  [
    'compare',
    {
      before: { filter: { property: 'promptversion', equals: 'v1' } },
      after: { filter: TWO },
      measures: [{ score: 'accuracy' }, { score: 'rubric:safe' }, { score: 'rubric:tone' }, { log: 'error' }],
    },
  ],
])('%s are the same on both engines: %j', async (path, body) => {
  const [sqlite, postgres] = await Promise.all(engines.map((engine) => askStatistics(engine, path, body)));
  expect(rounded(postgres)).toEqual(rounded(sqlite));
  expect(JSON.stringify(sqlite)).toMatch(/"count":[1-9]/);
});

/** Sums of fractions differ in their last digits by the order in which they are added; how an answer was found may differ. */
function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number(value.toPrecision(12));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value).filter(([key]) => key !== 'plan' && key !== 'plans');
  return Object.fromEntries(pairs.map(([key, one]) => [key, rounded(one)]));
}
