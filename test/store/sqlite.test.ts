/** The store on SQLite: the contract, and what only a file can do. */
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore, parseDatabaseUrl } from '../../src/store/open.ts';
import { openConnection } from '../../src/store/sqlite/connection.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { budgetsContract } from './budgets-contract.ts';
import { storeContract } from './contract.ts';
import { datasetsContract } from './datasets-contract.ts';
import { runsContract } from './runs-contract.ts';
import { deadLettersContract } from './dead-letters-contract.ts';
import { evaluationsContract } from './evaluations-contract.ts';
import { leasesContract } from './leases-contract.ts';
import { definitionsContract } from './definitions-contract.ts';
import { pausesContract } from './pauses-contract.ts';
import { rulesContract } from './rules-contract.ts';
import { foreignRecordsContract } from './foreign-records-contract.ts';
import { ruleDaysContract } from './rule-days-contract.ts';
import { fairClaimContract } from './fair-claim-contract.ts';
import { webhookContract } from './webhook-contract.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-store-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const location = (name = 'gradeway.db') => parseDatabaseUrl(`sqlite:${name}`, folder);

describe('the store on SQLite', () => {
  // Each in a block of its own: what one opens before its tests, the others need not open.
  describe.each(
    Object.entries({
      storeContract,
      webhookContract,
      deadLettersContract,
      evaluationsContract,
      leasesContract,
      datasetsContract,
      definitionsContract,
      runsContract,
      rulesContract,
      foreignRecordsContract,
      fairClaimContract,
      pausesContract,
    }),
  )('as every store: %s', (_name, contract) => {
    contract(() => openStore(location()));
  });

  describe('as every store: budgetsContract', () => {
    let own: string;
    beforeAll(() => {
      own = mkdtempSync(join(tmpdir(), 'gradeway-store-'));
    });
    afterAll(() => rmSync(own, { recursive: true, force: true }));
    budgetsContract(() => openStore(parseDatabaseUrl('sqlite:gradeway.db', own)));
  });

  describe('as every store: ruleDaysContract', () => {
    ruleDaysContract(() => Promise.all([openStore(location()), openStore(location())]));
  });

  it('keeps everything across a restart, in one file', async () => {
    const log = newLog();
    const first = await openStore(location());
    await first.logs.add([log], 1);
    await first.close();
    expect(statSync(`${location().path}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    const second = await openStore(location());
    expect((await second.logs.find(DEFAULT_PROJECT.id, log.id))?.id).toBe(log.id);
    await second.close();
  });

  it('is opened by several at once', async () => {
    const [one, two, ...others] = await Promise.all(Array.from({ length: 4 }, () => openStore(location())));
    for (const other of others) await other.close();
    const log = newLog();
    await one!.logs.add([log], 1);
    expect((await two!.logs.find(DEFAULT_PROJECT.id, log.id))?.id).toBe(log.id);
    await two!.scores.put(
      DEFAULT_PROJECT.id,
      log.id,
      [
        {
          name: 'a',
          value: 1,
          reason: null,
          source: 'api',
          evaluator: null,
          evaluatorVersion: null,
          durationMs: null,
          atMs: 1,
        },
      ],
      2,
    );
    expect(await one!.scores.list(DEFAULT_PROJECT.id, log.id)).toHaveLength(1);
    await one!.close();
    await two!.close();
  });

  it('lets nobody else read its files', async () => {
    const store = await openStore(location());
    await store.logs.add([newLog()], 1);
    for (const end of ['', '-wal', '-shm']) expect(statSync(`${location().path}${end}`).mode & 0o077).toBe(0);
    await store.close();
  });

  it('commits with synchronous FULL, in WAL mode, without memory maps', () => {
    const connection = openConnection(location().path);
    expect(connection.pragma('synchronous', { simple: true })).toBe(2);
    expect(connection.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(connection.pragma('mmap_size', { simple: true })).toBe(0);
    connection.close();
  });

  it.each([
    {
      name: 'a file that is no database',
      make: (path: string) => writeFileSync(path, 'hello '.repeat(500)),
      says: 'not an SQLite database',
    },
    {
      name: 'a folder in the place of the file',
      make: (path: string) => rmSync(path, { force: true }),
      at: '.',
      says: 'Check',
    },
    { name: 'a damaged file', make: damage, says: 'damaged' },
  ])('refuses $name and says what to do', async ({ make, at, says }) => {
    const { path } = location();
    make(path);
    await expect(openStore(location(at ?? 'gradeway.db'))).rejects.toThrow(says);
  });

  it.runIf(process.platform === 'linux')('refuses a folder that cannot be created', async () => {
    await expect(openStore(parseDatabaseUrl('sqlite:/proc/nowhere/gradeway.db', '/'))).rejects.toThrow(
      'Check that this user',
    );
  });

  it('leaves a database that it refuses as it was', async () => {
    const { path } = location();
    writeFileSync(path, 'hello '.repeat(500));
    await expect(openStore(location())).rejects.toThrow(path);
    expect(statSync(path).size).toBe(3000);
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it.each(['mysql://localhost/x', 'gradeway.db', 'sqlite:', ''])('refuses the URL "%s"', (url) => {
    expect(() => parseDatabaseUrl(url, '/')).toThrow('must be sqlite:<path');
  });

  it('shows no password of a URL that it refuses', () => {
    expect(() => parseDatabaseUrl('mysql://root:hunter2@host/x', '/')).toThrow(/^(?!.*hunter2)/);
  });
});

/** A database with its schema's page overwritten. */
function damage(path: string): void {
  const database = new Database(path);
  database.exec('create table logs (a); insert into logs values (1)');
  database.close();
  const bytes = Buffer.alloc(4096, 0xab);
  const whole = Buffer.concat([Buffer.from('SQLite format 3\0'), bytes]);
  writeFileSync(path, whole);
}
