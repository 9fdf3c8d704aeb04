/** Kills at moments of their own: while the database is made, while it is tidied up, while it is closed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { seededRandom } from '../fakes/random.ts';
import { spawnGateway } from '../torture/gateway-process.ts';
import { gatewayIn, ledgerOf, type Said, say, scene } from './real-gateway.ts';

it('starts on a database whose making was killed, wherever that was', { timeout: 120_000 }, async () => {
  const random = seededRandom(3);
  const at = await scene();
  for (let kill = 1; kill <= 8; kill += 1) {
    const database = at.database(`new-${kill}`);
    const gateway = spawnGateway({ ...at, database });
    // The file is made between 150 and 700 ms after the start, depending on the machine.
    await sleep(random.between(100, 700));
    await gateway.kill();
  }
  for (let kill = 1; kill <= 8; kill += 1) {
    const gateway = await gatewayIn(at, { database: at.database(`new-${kill}`) });
    const said = await say(gateway);
    expect(said.isWhole).toBe(true);
    expect(said.answer.headers['gradeway-log']).toBeUndefined();
    await gateway.kill();
  }
});

it('loses nothing when it is killed while much is moved from the write-ahead log', { timeout: 120_000 }, async () => {
  const random = seededRandom(4);
  const at = await scene();
  const said: Said[] = [];
  for (let kill = 1; kill <= 3; kill += 1) {
    const gateway = await gatewayIn(at);
    // More than is left alone (4 MB) and, from the second time on, more than starts the log anew (32 MB).
    for (let index = 0; index < 4; index += 1)
      said.push(...(await Promise.all(Array.from({ length: 4 }, () => say(gateway, 'json', { filler: 1_500_000 })))));
    // Looked for once a second.
    const until = Date.now() + random.between(300, 1300);
    while (Date.now() < until) said.push(await say(gateway, 'sse'));
    await gateway.kill();
  }
  const gateway = await gatewayIn(at);
  const ledger = ledgerOf(at);
  for (const { requestId } of said) expect(ledger.find(requestId)).toHaveLength(1);
  expect(ledger.integrity()).toBe('ok');
  expect(ledger.problems(['answer-length', 'ended', 'ending'])).toEqual([]);
  expect(await gateway.end()).toBe(0);
});

it('loses nothing when it is killed while it closes', { timeout: 120_000 }, async () => {
  const random = seededRandom(5);
  const at = await scene();
  const said: Said[] = [];
  for (let kill = 1; kill <= 6; kill += 1) {
    const gateway = await gatewayIn(at);
    said.push(...(await Promise.all(Array.from({ length: 10 }, () => say(gateway, 'sse')))));
    gateway.signal('SIGTERM');
    await sleep(random.between(0, 150));
    await gateway.kill();
  }
  const gateway = await gatewayIn(at);
  const ledger = ledgerOf(at);
  for (const { requestId } of said) expect(ledger.find(requestId)).toHaveLength(1);
  expect(ledger.problems(['answer-length', 'ended', 'ending'])).toEqual([]);
  expect(ledger.integrity()).toBe('ok');
  expect(await gateway.end()).toBe(0);
});
