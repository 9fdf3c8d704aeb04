/** Another process holds the database locked: calls go on, logs wait, and come back. */
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { eventually, gatewayIn, ledgerOf, readJson, type Said, say, scene } from './real-gateway.ts';

/** Longer ones by command: LOCK_SECONDS=60 npx vitest run test/recording/locked.test.ts */
const asked = Number(process.env.LOCK_SECONDS ?? 0);

it.each([1, 5, ...(asked > 0 ? [asked] : [])])(
  'answers every call and loses no log while the database is locked for %i s',
  { timeout: 60_000 + asked * 2000 },
  async (seconds) => {
    const at = await scene();
    const gateway = await gatewayIn(at);
    const said: Said[] = [await say(gateway)];
    const other = new Database(at.database());
    other.exec('begin exclusive');
    const unlockAtMs = Date.now() + seconds * 1000;
    const clients = Array.from({ length: 4 }, async () => {
      while (Date.now() < unlockAtMs) said.push(await say(gateway, said.length % 2 === 0 ? 'json' : 'sse'));
    });
    // A long call that begins and ends while the database is locked cannot be noted as started.
    const long = say(gateway, 'slow-head');
    await Promise.all(clients);
    other.exec('rollback');
    other.close();
    said.push(await long);
    await eventually(async () => (await readJson(gateway, '/readyz')).status === 200, 'ready again');
    said.push(await say(gateway));

    expect(said.every(({ answer, isWhole }) => answer.status === 200 && isWhole)).toBe(true);
    const ledger = ledgerOf(at);
    await eventually(() => ledger.counts().logs === said.length, 'every log is there');
    for (const { requestId } of said) expect(ledger.find(requestId).map(({ ending }) => ending)).toEqual(['ended']);
    await eventually(() => ledger.counts().scores === 3 * said.length, 'every score is there', 55_000);
    expect(ledger.counts().started).toBe(0);
    expect(await gateway.end()).toBe(0);
  },
);

it(
  'starts while the database is locked against writing, and has what was interrupted later',
  { timeout: 60_000 },
  async () => {
    const at = await scene();
    const first = await gatewayIn(at);
    const interrupted = say(first, 'slow-head').catch(() => undefined);
    const ledger = ledgerOf(at);
    await eventually(() => ledger.counts().started === 1, 'the call is noted as started');
    await first.kill();
    await interrupted;

    const other = new Database(at.database());
    other.exec('begin immediate');
    const second = await gatewayIn(at);
    const during = await say(second);
    expect(during.isWhole).toBe(true);
    expect(ledger.counts()).toMatchObject({ logs: 0, started: 1 });
    other.exec('rollback');
    other.close();
    await eventually(() => ledger.counts().logs === 2, 'both logs are there');
    expect(ledger.counts()).toMatchObject({ interrupted: 1, started: 0 });
    expect(await second.end()).toBe(0);
  },
);
