/** SIGTERM under load: what was taken on is finished, what comes later is refused, and nothing is left half done. */
import Database from 'better-sqlite3';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '../fakes/random.ts';
import { startClients } from '../torture/clients.ts';
import { gatewayIn, ledgerOf, readJson, say, scene } from './real-gateway.ts';

it('finishes what it has taken on, refuses what comes later, and ends with 0', { timeout: 180_000 }, async () => {
  const random = seededRandom(8);
  const at = await scene();
  for (let drain = 1; drain <= 10; drain += 1) {
    const gateway = await gatewayIn(at);
    const clients = startClients({
      count: 12,
      seed: drain,
      name: `drain.${drain}`,
      slow: 6,
      port: () => (gateway.isRunning() ? gateway.port : undefined),
    });
    await sleep(random.between(100, 900));
    const askedAtMs = Date.now();
    gateway.signal('SIGTERM');
    const { code } = await gateway.ended;
    await clients.stop();
    expect(code).toBe(0);

    // A request may be under way at the very moment: only those that had surely arrived count as taken on.
    const taken = clients.sent.filter((one) => one.sentAtMs < askedAtMs - 20);
    const later = clients.sent.filter((one) => one.sentAtMs >= askedAtMs - 20 && !one.acknowledged);
    expect(taken.filter((one) => !one.acknowledged)).toEqual([]);
    expect(later.filter((one) => one.status !== undefined && one.status !== 503)).toEqual([]);
    expect(clients.sent.filter((one) => one.garbled)).toEqual([]);

    const ledger = ledgerOf(at);
    expect(ledger.problemsOf(clients.sent.filter((one) => one.acknowledged))).toEqual([]);
    expect(ledger.counts()).toMatchObject({ started: 0, interrupted: 0 });
  }
});

it('gives back the jobs that do not end in time', { timeout: 60_000 }, async () => {
  const at = await scene({
    evaluators: {
      'endless.mjs': `export default { returns: 'boolean', deadlineMs: 60000, evaluate: () => new Promise(() => {}) };`,
    },
  });
  const gateway = await gatewayIn(at);
  await say(gateway);
  await sleep(1000);
  expect(await gateway.end()).toBe(0);
  const database = new Database(at.database(), { readonly: true });
  expect(database.prepare('select state, attempt from jobs').all()).toEqual([{ state: 'pending', attempt: 0 }]);
  database.close();
});

it('ends at once on a second signal, and the next start has what was running as interrupted', async () => {
  const at = await scene();
  const gateway = await gatewayIn(at);
  const running = say(gateway, 'slow-head').catch(() => undefined);
  const ledger = ledgerOf(at);
  while (ledger.counts().started === 0) await sleep(20);
  gateway.signal('SIGTERM');
  await sleep(100);
  gateway.signal('SIGTERM');
  expect((await gateway.ended).code).toBe(1);
  await running;
  const next = await gatewayIn(at);
  expect(ledger.counts()).toMatchObject({ logs: 1, interrupted: 1, started: 0 });
  expect((await readJson(next, '/readyz')).status).toBe(200);
  await next.end();
});
