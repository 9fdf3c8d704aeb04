/** Many at once on the same ids: over HTTP, through the whole process. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { call } from '../fakes/http-client.ts';
import { markerOf } from '../torture/answers.ts';
import { eventually, gatewayIn, ledgerOf, say, scene } from './real-gateway.ts';

it(
  'proxies and stores every one of many calls that share their ids, at the same time',
  { timeout: 60_000 },
  async () => {
    const at = await scene();
    const gateway = await gatewayIn(at);
    const agent = new Agent({ keepAlive: true, maxSockets: 32 });
    onTestFinished(() => agent.destroy());
    const ids = Array.from({ length: 10 }, () => randomUUID());
    const answers = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        call(gateway.port, {
          agent,
          path: '/v1/chat/completions',
          headers: { 'content-type': 'application/json', 'helicone-request-id': ids[index % 10]! },
          body: JSON.stringify({ messages: [{ role: 'user', content: markerOf('json', `twin.${index}`) }] }),
        }),
      ),
    );
    expect(
      answers.map(({ status, headers }, index) => [status, headers['helicone-id']].concat(String(index % 10))),
    ).toEqual(answers.map((_, index) => [200, ids[index % 10], String(index % 10)]));
    const ledger = ledgerOf(at);
    for (const id of ids) expect(ledger.find(id)).toHaveLength(100);
    expect(ledger.counts().logs).toBe(1000);

    // A score by such an id goes to the newest, and the answer says that there are others.
    const scored = await call(gateway.port, {
      path: `/v1/request/${ids[3]}/score`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scores: { accuracy: 70 } }),
    });
    expect(scored.status).toBeLessThan(300);
    const database = new Database(at.database(), { readonly: true });
    const newest = Math.max(...ledger.find(ids[3]!).map(({ seq }) => seq));
    expect(
      database.prepare(`select log from scores join origins on id = origin where source = 'api'`).pluck().all(),
    ).toEqual([newest]);
    database.close();
    await gateway.end();
  },
);

it('makes one row of what 64 clients score ten logs with, and loses no call', { timeout: 120_000 }, async () => {
  const at = await scene({ evaluators: {} });
  const gateway = await gatewayIn(at);
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  onTestFinished(() => agent.destroy());
  const logs = await Promise.all(Array.from({ length: 10 }, () => say(gateway)));
  const last = new Map<string, Set<number>>();
  const statuses = new Set<number>();
  await Promise.all(
    Array.from({ length: 64 }, async (_, client) => {
      for (let round = 0; round < 25; round += 1) {
        const { requestId } = logs[(client + round) % 10]!;
        const value = client * 1000 + round;
        const { status } = await call(gateway.port, {
          agent,
          path: `/v1/request/${requestId}/score`,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ scores: { shared: value } }),
        });
        statuses.add(status);
        last.set(requestId, (last.get(requestId) ?? new Set()).add(value));
      }
    }),
  );
  expect([...statuses].every((status) => status < 300)).toBe(true);
  const database = new Database(at.database(), { readonly: true });
  const rows = database
    .prepare('select lower(hex(request_id)) as id, number from scores join logs on seq = log')
    .all() as { id: string; number: number }[];
  database.close();
  expect(rows).toHaveLength(10);
  for (const { requestId } of logs) {
    const row = rows.find(({ id }) => id === requestId.replaceAll('-', ''))!;
    expect(last.get(requestId)!.has(row.number)).toBe(true);
  }
  await gateway.end();
});

it('goes on after its process was frozen for five seconds, and does nothing twice', { timeout: 90_000 }, async () => {
  const at = await scene();
  const gateway = await gatewayIn(at);
  const before = await Promise.all(Array.from({ length: 30 }, () => say(gateway, 'sse')));
  gateway.signal('SIGSTOP');
  const during = Array.from({ length: 10 }, () => say(gateway));
  await new Promise((resolve) => setTimeout(resolve, 5000));
  gateway.signal('SIGCONT');
  const said = [...before, ...(await Promise.all(during)), await say(gateway)];
  expect(said.every(({ isWhole }) => isWhole)).toBe(true);
  const ledger = ledgerOf(at);
  await eventually(() => ledger.openJobs() === 0, 'all jobs are done', 60_000);
  for (const { requestId } of said) expect(ledger.find(requestId)).toHaveLength(1);
  expect(ledger.counts()).toMatchObject({ logs: 41, scores: 123 });
  expect(ledger.problems(['answer-length', 'ended', 'ending'])).toEqual([]);
  const ready = await call(gateway.port, { path: '/readyz' });
  expect(ready.status).toBe(200);
  await gateway.end();
});
