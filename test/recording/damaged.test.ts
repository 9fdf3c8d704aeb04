/** Database files that are damaged, torn, incomplete or not ours: refused with what to do, or worked with correctly. */
import {
  chmodSync,
  closeSync,
  copyFileSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { spawnGateway } from '../torture/gateway-process.ts';
import type { Scene } from '../torture/scene.ts';
import { eventually, gatewayIn, ledgerOf, readJson, type Said, say, scene } from './real-gateway.ts';

/** EX_UNAVAILABLE, as the command line documents it. */
const STORE_UNUSABLE = 69;
const NOBODY = 65_534;

/** A database with these calls, closed well or killed. */
async function used(at: Scene, calls: number, end: 'ended' | 'killed'): Promise<Said[]> {
  const gateway = await gatewayIn(at);
  const said = await Promise.all(Array.from({ length: calls }, () => say(gateway, 'json', { filler: 20_000 })));
  const ledger = ledgerOf(at);
  await eventually(() => ledger.openJobs() === 0 && ledger.counts().logs === calls, 'all is done');
  ledger.close();
  if (end === 'ended') await gateway.end();
  else await gateway.kill();
  return said;
}

function overwrite(path: string, from: number, length: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(length, 0xa5), 0, length, from);
  closeSync(file);
}

async function refused(at: Scene, changes: { uid?: number } = {}): Promise<string> {
  const gateway = spawnGateway({ ...at, database: at.database(), ...changes });
  const { code } = await gateway.ended;
  expect(code).toBe(STORE_UNUSABLE);
  return gateway.output();
}

describe('at start', () => {
  it.each([
    {
      name: 'whose first page is overwritten',
      damage: (path: string) => overwrite(path, 0, 8192),
      says: /not a database.*Move it away/s,
    },
    {
      name: 'whose schema is overwritten',
      damage: (path: string) => overwrite(path, 100, 8000),
      says: /malformed.*Move it away/s,
    },
    {
      name: 'that is something else',
      damage: (path: string) => writeFileSync(path, 'hello\n'.repeat(1000)),
      says: /not a database.*Move it away/s,
    },
  ])('refuses a file $name, says what to do, and ends with 69', async ({ damage, says }) => {
    const at = await scene();
    await used(at, 3, 'ended');
    damage(at.database());
    const { size } = statSync(at.database());
    expect(await refused(at)).toMatch(says);
    expect(statSync(at.database()).size).toBe(size);
  });

  it('refuses a file that it may not write, and says so', async () => {
    const at = await scene();
    await used(at, 2, 'ended');
    chmodSync(at.database(), 0o444);
    chmodSync(at.folder, 0o555);
    // Root may write what it likes; then somebody else tries.
    const uid = process.getuid?.() === 0 ? NOBODY : undefined;
    expect(await refused(at, { uid })).toMatch(/Check that this user may read and write/);
    chmodSync(at.folder, 0o755);
  });

  it.each([
    { name: 'the shared-memory file is missing', damage: (path: string) => rmSync(`${path}-shm`), least: 8 },
    {
      name: 'the write-ahead log ends inside a frame',
      damage: (path: string) => truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 1000),
      least: 0,
    },
    {
      name: 'the write-ahead log is cut to its head',
      damage: (path: string) => truncateSync(`${path}-wal`, 32),
      least: 0,
    },
    { name: 'the write-ahead log is empty', damage: (path: string) => truncateSync(`${path}-wal`, 0), least: 0 },
    { name: 'the write-ahead log is gone', damage: (path: string) => rmSync(`${path}-wal`), least: 0 },
    {
      name: 'the write-ahead log is garbage',
      damage: (path: string) => overwrite(`${path}-wal`, 0, statSync(`${path}-wal`).size),
      least: 0,
    },
  ])('goes on with what was moved into the database where $name', { timeout: 60_000 }, async ({ damage, least }) => {
    const at = await scene();
    const before = await used(at, 5, 'ended');
    const said = [...before, ...(await killedAfterThree(at))];
    damage(at.database());
    const gateway = await gatewayIn(at);
    const after = await say(gateway);
    expect(after.answer.headers['gradeway-log']).toBeUndefined();
    const ledger = ledgerOf(at);
    expect(ledger.integrity()).toBe('ok');
    for (const { requestId } of [...before, after]) expect(ledger.find(requestId)).toHaveLength(1);
    expect(said.filter(({ requestId }) => ledger.find(requestId).length === 1).length).toBeGreaterThanOrEqual(least);
    expect(ledger.problems(['answer-length', 'ended', 'ending'])).toEqual([]);
    expect(await gateway.end()).toBe(0);
  });
});

/** Three more calls, and a kill. */
async function killedAfterThree(at: Scene): Promise<Said[]> {
  const gateway = await gatewayIn(at);
  const said = await Promise.all([say(gateway), say(gateway, 'sse'), say(gateway)]);
  await gateway.kill();
  return said;
}

describe('while it runs', () => {
  it(
    'goes on proxying over a damaged table, says that it is not ready, and keeps the logs for a sound one',
    { timeout: 60_000 },
    async () => {
      const at = await scene();
      await used(at, 10, 'ended');
      copyFileSync(at.database(), at.database('backup'));
      damageTable(at.database(), 'logs');
      const damaged = await gatewayIn(at);
      const said = await Promise.all(Array.from({ length: 5 }, () => say(damaged)));
      expect(said.map(({ answer, isWhole }) => [answer.status, isWhole])).toEqual(said.map(() => [200, true]));
      const { status, body } = await readJson(damaged, '/readyz');
      expect(status).toBe(503);
      expect(JSON.stringify(body)).toMatch(/SQLITE_CORRUPT/);
      expect((await readJson(damaged, '/healthz')).status).toBe(200);
      expect(await damaged.end()).toBe(0);

      for (const end of ['', '-wal', '-shm']) rmSync(`${at.database()}${end}`, { force: true });
      copyFileSync(at.database('backup'), at.database());
      const sound = await gatewayIn(at);
      const ledger = ledgerOf(at);
      await eventually(() => ledger.counts().logs === 15, 'the spooled logs are there');
      for (const { requestId } of said) expect(ledger.find(requestId)).toHaveLength(1);
      await eventually(async () => (await readJson(sound, '/readyz')).status === 200, 'ready');
      await sound.end();
    },
  );

  it('does not start where it cannot read its keys', async () => {
    const at = await scene();
    await used(at, 2, 'ended');
    damageTable(at.database(), 'keys');
    expect(await refused(at)).toMatch(/malformed/);
  });

  it('answers from a damaged database with an error, not with a crash', { timeout: 60_000 }, async () => {
    const at = await scene();
    const [said] = await used(at, 2, 'ended');
    damageTable(at.database(), 'blocks');
    const gateway = await gatewayIn(at);
    const { status, body } = await readJson(gateway, `/v1/request/${said!.requestId}?includeBody=true`);
    expect([status, JSON.stringify(body)]).toEqual([503, expect.stringContaining('SQLITE_CORRUPT')]);
    expect((await say(gateway)).isWhole).toBe(true);
    expect(gateway.isRunning()).toBe(true);
    await gateway.end();
  });
});

/** Overwrites the first page of a table's tree. */
function damageTable(path: string, table: string): void {
  const database = new Database(path);
  const pageBytes = database.pragma('page_size', { simple: true }) as number;
  const page = database.prepare('select rootpage from sqlite_master where name = ?').pluck().get(table) as number;
  database.close();
  overwrite(path, (page - 1) * pageBytes, pageBytes);
}
