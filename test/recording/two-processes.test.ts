/** Two gateways on one database file, killed in turns: jobs have their effect once, and neither touches the other's work. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '../fakes/random.ts';
import { type Sent, startClients } from '../torture/clients.ts';
import type { GatewayProcess } from '../torture/gateway-process.ts';
import { eventually, gatewayIn, ledgerOf, say, scene } from './real-gateway.ts';

it('loses and doubles nothing while one of two is killed time after time', { timeout: 180_000 }, async () => {
  const random = seededRandom(12);
  const at = await scene();
  const pair: GatewayProcess[] = [await gatewayIn(at), await gatewayIn(at)];
  const sent: Sent[] = [];
  for (let kill = 1; kill <= 6; kill += 1) {
    const clients = pair.map((gateway, index) =>
      startClients({
        count: 4,
        seed: kill * 10 + index,
        name: `pair.${kill}.${index}`,
        slow: 1,
        pauseMs: 3,
        port: () => (gateway.isRunning() ? gateway.port : undefined),
      }),
    );
    await sleep(random.between(100, 1500));
    const killed = random.between(0, 1);
    await pair[killed]!.kill();
    await Promise.all(clients.map((one) => one.stop()));
    sent.push(...clients.flatMap((one) => one.sent));
    // The other one was not touched: every call of its own came through.
    expect(clients[1 - killed]!.sent.filter((one) => !one.acknowledged)).toEqual([]);
    pair[killed] = await gatewayIn(at);
  }
  const ledger = ledgerOf(at);
  expect(ledger.problemsOf(sent)).toEqual([]);
  await eventually(() => ledger.openJobs() === 0, 'all jobs are done', 70_000);
  expect(ledger.problems(['answer-length', 'ended', 'ending'])).toEqual([]);
  expect(ledger.integrity()).toBe('ok');
  for (const gateway of pair) expect(await gateway.end()).toBe(0);
});

it.runIf(process.platform === 'linux' && existsSync('/usr/bin/prlimit'))(
  'leaves the spool of the other one alone while that runs',
  { timeout: 60_000 },
  async () => {
    const at = await scene();
    const spooling = await gatewayIn(at);
    await say(spooling);
    execFileSync('prlimit', ['--pid', String(spooling.pid), `--fsize=${statSync(`${at.database()}-wal`).size}:`]);
    const first = await Promise.all(Array.from({ length: 5 }, () => say(spooling)));
    const other = await gatewayIn(at);
    const elsewhere = await say(other);
    expect(elsewhere.answer.headers['gradeway-log']).toBeUndefined();
    const second = await Promise.all(Array.from({ length: 5 }, () => say(spooling)));
    const ledger = ledgerOf(at);
    expect(readdirSync(at.folder).filter((name) => name.includes('.spool.'))).toHaveLength(1);
    execFileSync('prlimit', ['--pid', String(spooling.pid), '--fsize=unlimited:']);
    await eventually(() => ledger.counts().logs === 12, 'every log is there');
    for (const { requestId } of [...first, ...second, elsewhere]) expect(ledger.find(requestId)).toHaveLength(1);
    await spooling.end();
    await other.end();
  },
);
