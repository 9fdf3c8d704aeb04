/** Removing logs on PostgreSQL while other replicas write: what is interned is removed under nobody. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { openPool, sessionOf } from '../../src/store/postgres/connection.ts';
import { FoldBatch } from '../../src/store/postgres/fold-batch.ts';
import { DEFAULT_PROJECT, type NewScore } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const ROUNDS = 25;

it('leaves nothing that is used without its name, and nothing at all in the end', async () => {
  const url = await server.createDatabase();
  const stores = [await openStoreHere(url), await openStoreHere(url)];
  const pool = openPool({ url, size: 2, statementTimeoutMs: 10_000 });
  const session = sessionOf(pool);
  const fold = new FoldBatch(pool);
  const score = (name: string): NewScore => ({
    name,
    value: 'good',
    source: 'api',
    reason: null,
    durationMs: null,
    atMs: NOW,
    evaluator: null,
    evaluatorVersion: null,
  });
  const count = async (sql: string): Promise<number> =>
    (await session.rows<{ n: number }>(`select count(*) as n ${sql}`))[0]!.n;
  const folded = async (): Promise<void> => {
    while ((await fold.step()) !== 'nothing');
  };
  try {
    const ids: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      // The same few values again and again: each is unused by turns, and remembered by both.
      const adding = stores.map(async (store, index) => {
        const log = newLog({
          id: newId(),
          model: `m${(round + index) % 3}`,
          properties: new Map([['team', `t${(round + index) % 3}`]]),
        });
        await store.logs.add([log], NOW);
        await store.scores.put(PROJECT, log.id, [score(`s${(round + index) % 3}`)], NOW + 1);
        if (round % 4 === index) await store.edits.setProperty(PROJECT, log.id, 'team', `t${round % 3}`, NOW);
        return log.id;
      });
      const removing = stores[round % 2]!.removals.removeLogs(PROJECT, ids.splice(0), removalAct());
      const folding = round % 3 === 0 ? folded() : undefined;
      ids.push(...(await Promise.all(adding)));
      await removing;
      await folding;
      expect(
        await count('from log_properties lp left join properties p on p.id = lp.property where p.id is null'),
      ).toBe(0);
      expect(await count('from scores s left join measures m on m.id = s.measure where m.id is null')).toBe(0);
    }
    await folded();
    const kept = await stores[0]!.questions.propertyValues(PROJECT, 'team', '', 10);
    expect(kept.length).toBeGreaterThan(0);
    expect(
      await count('from rollups r left join properties p on p.id = r.pair where r.pair > 0 and p.id is null'),
    ).toBe(0);
    await stores[0]!.removals.removeLogs(PROJECT, ids, removalAct());
    await stores[1]!.removals.sweepScoreNames(PROJECT);
    await folded();
    for (const table of ['logs', 'log_ids', 'blocks', 'log_properties', 'scores', 'rollups'])
      expect([table, await count(`from ${table}`)]).toEqual([table, 0]);
    expect(await count(`from properties where name not in (chr(1) || 'source', chr(1) || 'evaluatorVersion')`)).toBe(0);
    expect(await count(`from measures where what = 'score'`)).toBe(0);
  } finally {
    await Promise.all([...stores.map((store) => store.close()), pool.end()]);
  }
}, 60_000);

it('leaves no score or evaluation of a log that goes while it is waited for', async () => {
  const url = await server.createDatabase();
  const store = await openStoreHere(url, { poolSize: 10 });
  const pool = openPool({ url, size: 2, statementTimeoutMs: 10_000 });
  try {
    const log = newLog();
    await store.logs.add([log], NOW);
    const client = await pool.connect();
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock(seq) from logs');
    const by = { source: 'api', evaluator: null, evaluatorVersion: null, durationMs: null, atMs: NOW } as const;
    const putting = store.scores.put(PROJECT, log.id, [{ ...by, name: 'late', value: 'so', reason: null }], NOW + 1);
    const outcome = { outcome: 'abstained', reason: null, durationMs: 1, printed: '' } as const;
    const evaluation = { evaluator: 'judge', evaluatorVersion: 'v1', outcome, attempt: 1, atMs: NOW, givenBy: null };
    const evaluating = store.scores.putEvaluation(PROJECT, log.id, { ...evaluation, source: 'evaluator' });
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`;
    while ((await pool.query(waiting)).rows.length < 2) await new Promise((done) => setTimeout(done, 5));
    await client.query('delete from logs');
    await client.query('commit');
    client.release();
    expect([await putting, await evaluating]).toEqual(['kept', false]);
    for (const table of ['scores', 'evaluations'])
      expect((await pool.query(`select 1 from ${table}`)).rows).toEqual([]);
  } finally {
    await Promise.all([store.close(), pool.end()]);
  }
});
