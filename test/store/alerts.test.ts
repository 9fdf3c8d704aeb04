/** Alerts on both engines. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { alertsContract } from './alerts-contract.ts';
import { openStoreHere } from './postgres-here.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

describe('on SQLite', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gradeway-alerts-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  alertsContract(() => openStore({ engine: 'sqlite', path: join(folder, 'gradeway.db') }));
});

describe('on PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server.close());
  alertsContract(async () => openStoreHere(await server.createDatabase()));
});
