/** Months of logs on PostgreSQL: dropped with their tables, and nothing else is different from removing log by log. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RetentionRun } from '../../src/compose/retention.ts';
import { newId } from '../../src/model/id.ts';
import type { KeptFrom } from '../../src/store/removals.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { FEBRUARY, fill, JANUARY, logOf, MARCH, NOW, openPlace, type Place, stateOf } from './filled-months.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

const PROJECT = DEFAULT_PROJECT.id;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

async function months({ rows }: Place): Promise<unknown[]> {
  const found = await rows(`select distinct substring(relname from '20.*') as month from pg_class
    where relkind = 'r' and relname ~ '^(logs|blocks|log_properties|scores|evaluations)_20' order by 1`);
  return found.map(({ month }) => month);
}

const keptFrom = (projectId: string, beforeMs: number): KeptFrom => ({ projectId, beforeMs, act: removalAct() });

const found = async ({ store }: Place, part: string, projectId: string = PROJECT): Promise<number> =>
  (
    await store.questions.count(
      { projectId, filter: { text: 'any', contains: part }, fromMs: null, toMs: null },
      10_000,
    )
  ).count;

it('leave the same as removing their logs one by one', { timeout: 60_000 }, async () => {
  const [whole, single] = [await openPlace(server), await openPlace(server)];
  for (const one of [whole, single]) await fill(one);
  expect(await found(whole, 'canary1x')).toBe(7);
  const kept = [keptFrom(PROJECT, MARCH), keptFrom(whole.other, MARCH + 1)];
  expect(await whole.store.removals.removeMonth(kept)).toEqual({ removed: 9, more: true });
  expect(await whole.store.removals.removeMonth(kept)).toEqual({ removed: 8, more: true });
  expect(await whole.store.removals.removeMonth(kept)).toEqual({ removed: 0, more: false });
  for (const projectId of [PROJECT, single.other])
    await single.store.removals.removeBefore(projectId, MARCH, 100, removalAct());
  expect(await months(whole)).toEqual(['2026_03', ...(await months(whole)).slice(1)]);
  expect(await months(single)).toContain('2026_01');
  expect(await stateOf(whole)).toEqual(await stateOf(single));
  for (const name of ['logs', 'outputs', 'results']) expect((await stateOf(whole))[name]).toHaveLength(8);
  for (const one of [whole, single]) await one.settle();
  expect(await stateOf(whole)).toEqual(await stateOf(single));
  for (const part of ['canary1x', 'canary2x']) expect(await found(whole, part)).toBe(0);
  expect([await found(whole, 'canary3x'), await found(whole, 'canary3x', whole.other)]).toEqual([6, 2]);
  expect(await whole.rows('select first from removals')).toEqual([]);
  const vocabularies = await whole.rows('select vocabulary from text_segments');
  const words = Buffer.concat(vocabularies.map(({ vocabulary }) => vocabulary as Buffer)).toString('latin1');
  for (const word of ['1x0', '1x9', '2x0']) expect(words).not.toContain(word);
});

it('stay while a project keeps a log of them, or is not named', { timeout: 60_000 }, async () => {
  const here = await openPlace(server);
  await fill(here);
  const before = await stateOf(here);
  for (const kept of [
    [keptFrom(PROJECT, NOW)],
    [keptFrom(PROJECT, FEBRUARY - 1), keptFrom(here.other, NOW)],
    [keptFrom(newId(), NOW)],
    [],
  ])
    expect(await here.store.removals.removeMonth(kept)).toEqual({ removed: 0, more: false });
  expect(await stateOf(here)).toEqual(before);
  await here.store.removals.removeBefore(here.other, NOW, 100, removalAct());
  expect(await here.store.removals.removeMonth([keptFrom(PROJECT, FEBRUARY)])).toEqual({ removed: 7, more: true });
  expect(await months(here)).not.toContain('2026_01');
});

it('come again for a log that is older than what was dropped', async () => {
  const here = await openPlace(server);
  const [log, again] = [logOf(JANUARY, 0, {}), logOf(JANUARY, 1, {})];
  await here.store.logs.add([log], NOW);
  expect(await here.store.removals.removeMonth([keptFrom(PROJECT, NOW)])).toEqual({ removed: 1, more: true });
  expect(await here.store.logs.add([log, again], NOW)).toMatchObject({ inserted: 2, jobs: 4 });
  expect(await months(here)).toContain('2026_01');
  const filter = { property: 'only 1.1', equals: 'yes' } as const;
  const slice = { projectId: PROJECT, filter, fromMs: null, toMs: null };
  expect(await here.store.questions.count(slice, 10_000)).toEqual({ count: 1, complete: true });
});

it('are not dropped while somebody reads them, who waits for nobody; nor do others', { timeout: 60_000 }, async () => {
  const here = await openPlace(server);
  const log = logOf(JANUARY, 0, {});
  await here.store.logs.add([log], NOW);
  await here.rows('begin');
  await here.rows('select 1 from logs');
  const dropping = here.store.removals.removeMonth([keptFrom(PROJECT, NOW)]);
  let slowest = 0;
  const writing = (async () => {
    for (let index = 0; index < 40; index += 1) {
      const from = performance.now();
      await here.store.logs.add([logOf(MARCH, index, {})], NOW);
      slowest = Math.max(slowest, performance.now() - from);
    }
  })();
  expect(await dropping).toEqual({ removed: 0, more: false });
  await writing;
  await here.rows('rollback');
  expect(slowest).toBeLessThan(5000);
  expect((await here.store.logs.find(PROJECT, log.id))?.id).toBe(log.id);
  expect(await here.store.removals.removeMonth([keptFrom(PROJECT, NOW)])).toEqual({ removed: 1, more: true });
});

it('are what retention drops, and counts in the audit with what it removes log by log', async () => {
  const here = await openPlace(server);
  const days = [0, 1, 2, 20].map((day) => logOf(FEBRUARY + day * 86_400_000, 0, {}));
  await here.store.logs.add([logOf(JANUARY, 0, {}), ...days], NOW);
  const logger = { info: () => {}, warn: () => {} };
  const settings = { bodyDays: 0, logDays: 40 };
  const run = new RetentionRun({ store: here.store, settings, holder: 'one', logger, now: () => NOW, pauseMs: 0 });
  await run.look();
  await run.close();
  expect(await here.rows('select count(*) from logs')).toEqual([{ count: 1 }]);
  expect(await here.rows('select count, details from audit where actor = $$retention$$')).toEqual([
    { count: 4, details: { days: 40 } },
  ]);
  expect(await months(here)).not.toContain('2026_01');
  expect(await months(here)).toContain('2026_02');
});
