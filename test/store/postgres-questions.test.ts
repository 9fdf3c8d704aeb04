/** Questions on PostgreSQL: the contracts that every engine has to meet, on a real server. */
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore, parseDatabaseUrl } from '../../src/store/open.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { filterContract } from './filter-contract.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';
import { questionsContract } from './questions-contract.ts';
import { sumContract } from './sum-contract.ts';

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

const open = async (): Promise<Store> => openStoreHere(await server.createDatabase());

describe('questions on PostgreSQL', () => {
  questionsContract(open);
  // Fewer logs: each filter is several statements here, and every log that it finds comes over the wire.
  filterContract(open, { logs: 50 });
  sumContract(open);

  describe('changes of a transaction that commits late', () => {
    it('are not passed over by whoever watches', async () => {
      const url = await server.createDatabase();
      const store = await openStoreHere(url);
      const [early, late] = [newLog(), newLog()];
      await store.logs.add([early], 0);
      const { last: start } = await store.questions.changes(DEFAULT_PROJECT.id, null, 10);
      const slow = new Client({ connectionString: url });
      await slow.connect();
      await slow.query('begin');
      await slow.query(
        `insert into changes (project, log, what, at_ms) select project, seq, 'score', 0 from logs where id = $1`,
        [early.id],
      );
      // Nothing has ended since, so that no snapshot knows of the slow one.
      expect((await store.questions.changes(DEFAULT_PROJECT.id, null, 10)).last).toBe(start);
      await store.logs.add([late], 0);
      // The number of the late log's change is above one that is still to come.
      const before = await store.questions.changes(DEFAULT_PROJECT.id, start, 10);
      expect(before.changes).toEqual([]);
      await slow.query('commit');
      const after = await store.questions.changes(DEFAULT_PROJECT.id, before.last, 10);
      expect(after.changes.map(({ logId, what }) => [logId, what])).toEqual([
        [early.id, 'score'],
        [late.id, 'log'],
      ]);
      await slow.end();
      await store.close();
    });
  });

  it('are answered on threads of their own, two at a time', async () => {
    const textReader = new URL('../../src/providers/log-texts.ts', import.meta.url).href;
    const store = await openStore(parseDatabaseUrl(await server.createDatabase(), '/'), { textReader });
    const responseBody = Buffer.from(JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'Yes' } }] }));
    const log = newLog({ responseBody });
    await store.logs.add([log], 0);
    const slice = {
      projectId: DEFAULT_PROJECT.id,
      filter: { text: 'any' as const, contains: 'yEs' },
      fromMs: null,
      toMs: null,
    };
    const counts = await Promise.all([1, 2, 3].map(() => store.questions.count(slice, 10_000)));
    expect(counts).toEqual(Array.from({ length: 3 }, () => ({ count: 1, complete: true })));
    await store.close();
  });
});
