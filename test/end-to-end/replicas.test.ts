/**
 * Replicas on one PostgreSQL under load, killed at random moments, and the server killed under them: nothing that a client was
 * promised is lost, and every job has its effect once. GRADEWAY_TORTURE_ROUNDS=100 kills as often.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../fakes/random.ts';
import { eventually, gatewayIn, readJson, scene } from '../recording/real-gateway.ts';
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts';
import { type Clients, type Sent, startClients } from '../torture/clients.ts';
import type { GatewayProcess } from '../torture/gateway-process.ts';
import { PostgresLedger } from '../torture/postgres-ledger.ts';
import { EVALUATOR_NAMES } from '../torture/scene.ts';

const ROUNDS = Number(process.env.GRADEWAY_TORTURE_ROUNDS ?? 10);
/** A killed replica's jobs are claimed by others when their leases have run out. */
const LEASES_OVER_MS = 90_000;

let server: PostgresServer;
beforeAll(async () => {
  server = await startPostgres();
}, 60_000);
afterAll(() => server.close());

async function ledgerOn(url: string): Promise<PostgresLedger> {
  const ledger = await PostgresLedger.open(url);
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Calls go on while the gateway does. */
function clientsOf(gateway: GatewayProcess, name: string, seed: number): Clients {
  return startClients({
    count: 4,
    seed,
    name,
    slow: 1,
    pauseMs: 5,
    port: () => (gateway.isRunning() ? gateway.port : undefined),
  });
}

it('lose and double nothing while they are killed at random', { timeout: 240_000 + ROUNDS * 15_000 }, async () => {
  const random = seededRandom(7);
  const at = await scene();
  const database = await server.createDatabase();
  const ledger = await ledgerOn(database);
  // Each proxies and evaluates, with a spool of its own.
  const pair: GatewayProcess[] = [await gatewayIn(at, { database }), await gatewayIn(at, { database })];
  const sent: Sent[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    const clients = pair.map((gateway, index) => clientsOf(gateway, `pair.${round}.${index}`, round * 10 + index));
    await sleep(random.between(50, 700));
    const killed = random.between(0, 1);
    await pair[killed]!.kill();
    await Promise.all(clients.map((one) => one.stop(3500)));
    sent.push(...clients.flatMap((one) => one.sent));
    // The other one was not touched: every call of its own came through.
    expect(clients[1 - killed]!.sent.filter((one) => !one.acknowledged)).toEqual([]);
    pair[killed] = await gatewayIn(at, { database });
  }
  expect(sent.filter((one) => one.acknowledged).length).toBeGreaterThan(ROUNDS * 5);
  expect(await ledger.problemsOf(sent)).toEqual([]);
  await eventually(async () => (await ledger.openJobs()) === 0, 'all jobs are done', LEASES_OVER_MS);
  await eventually(async () => (await ledger.counts()).started === 0, 'no call is left as started', LEASES_OVER_MS);
  expect(await ledger.problems(EVALUATOR_NAMES)).toEqual([]);
  const { logs, evaluations } = await ledger.counts();
  expect(evaluations).toBe(logs * EVALUATOR_NAMES.length);
  for (const gateway of pair) expect(await gateway.end()).toBe(0);
});

it(
  'go on while the server is killed and connections are cut, and bring back what they spooled',
  { timeout: 240_000 },
  async () => {
    const random = seededRandom(11);
    const at = await scene();
    const database = await server.createDatabase();
    const ledger = await ledgerOn(database);
    const gateway = await gatewayIn(at, { database, role: 'gateway' });
    const work = await gatewayIn(at, { database, role: 'work' });
    const clients = clientsOf(gateway, 'faults', 3);
    for (let round = 1; round <= 2; round += 1) {
      await sleep(random.between(300, 800));
      await server.cutConnections(database);
      await sleep(random.between(300, 800));
      await server.kill();
      await sleep(random.between(500, 1500));
      expect((await readJson(gateway, '/readyz')).status).toBe(503);
      await server.startAgain();
      await eventually(async () => (await readJson(gateway, '/readyz')).status === 200, 'ready again');
    }
    await sleep(500);
    await clients.stop();
    const { sent } = clients;
    const spooled = sent.filter(({ logStatus }) => logStatus === 'spooled').length;
    expect(spooled).toBeGreaterThan(10);
    expect(sent.filter((one) => !one.acknowledged)).toEqual([]);
    expect(await ledger.problemsOf(sent)).toEqual([]);
    await eventually(async () => (await ledger.openJobs()) === 0, 'all jobs are done', LEASES_OVER_MS);
    expect(await ledger.problems(EVALUATOR_NAMES)).toEqual([]);
    expect((await ledger.counts()).logs).toBe(sent.length);
    expect(gateway.isRunning() && work.isRunning()).toBe(true);
    expect(await gateway.end()).toBe(0);
    expect(await work.end()).toBe(0);
  },
);
