/** The disk is full (the process may make no file longer than it is), and then is not any more. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { eventually, gatewayIn, ledgerOf, metric, readJson, type Said, say, scene } from './real-gateway.ts';

/** Linux: whoever owns a process may lower the limits of it while it runs, and raise them again up to the hard limit. */
const CAN_LIMIT = process.platform === 'linux' && existsSync('/usr/bin/prlimit');

function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}

it.runIf(CAN_LIMIT)(
  'answers every call, says that logs are spooled, and has them all when there is room again',
  { timeout: 60_000 },
  async () => {
    const at = await scene();
    const gateway = await gatewayIn(at);
    const before = await Promise.all(Array.from({ length: 20 }, () => say(gateway)));
    expect(before.every(({ answer }) => answer.headers['gateway-log'] === undefined)).toBe(true);

    // The write-ahead log may grow no more. Spool files begin empty, so that they have as much room as it takes now.
    limitFiles(gateway.pid, statSync(`${at.database()}-wal`).size);
    const during: Said[] = [];
    for (let index = 0; index < 60; index += 1) during.push(await say(gateway, index % 3 === 0 ? 'sse' : 'json'));
    expect(during.map(({ answer, isWhole }) => [answer.status, isWhole])).toEqual(during.map(() => [200, true]));
    expect(during.slice(1).every(({ answer }) => answer.headers['gradeway-log'] === 'spooled')).toBe(true);
    const { status, body } = await readJson(gateway, '/readyz');
    expect(status).toBe(503);
    expect(JSON.stringify(body)).toMatch(/spooling to file: SQLITE_(FULL|IOERR)/);
    expect(await metric(gateway, 'gradeway_spool_bytes')).toBeGreaterThan(0);
    expect(await metric(gateway, 'gradeway_dropped_logs_total')).toBe(0);
    expect((await readJson(gateway, '/healthz')).status).toBe(200);

    limitFiles(gateway.pid, 'unlimited');
    await eventually(async () => (await readJson(gateway, '/readyz')).status === 200, 'ready again');
    await eventually(async () => (await metric(gateway, 'gradeway_spool_bytes')) === 0, 'the spool is empty');
    const after = await say(gateway);
    expect(after.answer.headers['gradeway-log']).toBeUndefined();

    const ledger = ledgerOf(at);
    for (const { requestId } of [...before, ...during, after])
      expect(ledger.find(requestId).map(({ ending }) => ending)).toEqual(['ended']);
    expect(ledger.counts().logs).toBe(81);
    await eventually(() => ledger.openJobs() === 0, 'all jobs are done', 55_000);
    expect(ledger.counts().scores).toBe(3 * 81);
    expect(ledger.integrity()).toBe('ok');
    expect(await gateway.end()).toBe(0);
    expect(readdirSync(at.folder).filter((name) => name.includes('.spool'))).toEqual([]);
  },
);

it.runIf(CAN_LIMIT)('is killed while it spools, and the next process has every log', { timeout: 60_000 }, async () => {
  const at = await scene();
  const gateway = await gatewayIn(at);
  const before = await say(gateway);
  limitFiles(gateway.pid, statSync(`${at.database()}-wal`).size);
  const spooled = await Promise.all(Array.from({ length: 30 }, () => say(gateway)));
  expect(spooled.every(({ isWhole }) => isWhole)).toBe(true);
  await gateway.kill();

  const next = await gatewayIn(at);
  const ledger = ledgerOf(at);
  await eventually(async () => (await readJson(next, '/readyz')).status === 200, 'ready');
  await eventually(() => ledger.counts().logs === 31, 'every log is there');
  for (const { requestId } of [before, ...spooled]) expect(ledger.find(requestId)).toHaveLength(1);
  await next.end();
  expect(readdirSync(at.folder).filter((name) => name.includes('.spool'))).toEqual([]);
});

it.runIf(CAN_LIMIT)(
  'ends with 0 on SIGTERM while the disk is full, and loses nothing',
  { timeout: 60_000 },
  async () => {
    const at = await scene();
    const gateway = await gatewayIn(at);
    await say(gateway);
    limitFiles(gateway.pid, statSync(`${at.database()}-wal`).size);
    const spooled = await Promise.all(Array.from({ length: 10 }, () => say(gateway)));
    expect(await gateway.end()).toBe(0);
    const next = await gatewayIn(at);
    const ledger = ledgerOf(at);
    await eventually(() => ledger.counts().logs === 11, 'every log is there');
    for (const { requestId } of spooled) expect(ledger.find(requestId)).toHaveLength(1);
    await next.end();
  },
);

it.runIf(CAN_LIMIT)('survives a full disk under writes that need checkpoints', { timeout: 60_000 }, async () => {
  const at = await scene();
  const gateway = await gatewayIn(at);
  // More than 32 MB in the write-ahead log, from where on the writer takes part in checkpoints.
  for (let index = 0; index < 14; index += 1)
    await Promise.all(Array.from({ length: 4 }, () => say(gateway, 'json', { filler: 1_500_000 })));
  expect(statSync(`${at.database()}-wal`).size + statSync(at.database()).size).toBeGreaterThan(40_000_000);
  limitFiles(gateway.pid, statSync(at.database()).size);
  const spooled = await Promise.all(Array.from({ length: 20 }, () => say(gateway)));
  expect(spooled.every(({ isWhole }) => isWhole)).toBe(true);
  // The checkpoints come once a second.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  expect(gateway.isRunning()).toBe(true);
  limitFiles(gateway.pid, 'unlimited');
  await eventually(async () => (await readJson(gateway, '/readyz')).status === 200, 'ready again');
  const ledger = ledgerOf(at);
  await eventually(() => ledger.counts().logs === 76, 'every log is there');
  await gateway.end();
});
