/** Group commit: a unit that fails alone leaves nothing behind, neither in the file nor in what was remembered of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openConnection } from '../../src/store/sqlite/connection.ts';
import { GroupCommit } from '../../src/store/sqlite/group-commit.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import { newLog } from '../fixtures/new-log.ts';

function path(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-commit-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'a.db');
}

it('commits the others where one unit fails, and tells of the rollback before the next unit runs', async () => {
  const connection = openConnection(path());
  connection.exec('create table t (n integer primary key)');
  const told: string[] = [];
  const commit = new GroupCommit(connection, { onRollback: () => told.push('rolled back') });
  const insert = (number: number) => () => {
    told.push(`run ${number}`);
    return connection.prepare('insert into t values (?)').run(number).changes;
  };
  const units = await Promise.allSettled([
    commit.submit(insert(1)),
    commit.submit(insert(1)),
    commit.submit(insert(2)),
  ]);
  expect(units.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(told).toEqual(['run 1', 'run 1', 'rolled back', 'run 2']);
  expect(connection.prepare('select n from t').pluck().all()).toEqual([1, 2]);
  connection.close();
});

it('gives no log the properties of one that was taken back in the same commit', async () => {
  const file = path();
  const writer = new SqliteWriter(file);
  const properties = (value: string): Map<string, string> => new Map([['tier', value]]);
  const good = newLog({ properties: properties('gold') });
  // Its property is interned before its job is refused.
  const refused = newLog({ properties: properties('gold'), evaluators: [null as unknown as string] });
  const later = newLog({ properties: properties('silver') });
  const ingest = (log: typeof good): Promise<unknown> => writer.call('ingest', [log], [], 1, false);
  const ended = await Promise.allSettled([ingest(refused), ingest(good), ingest(later)]);
  expect(ended.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
  const connection = openConnection(file, { readonly: true });
  const rows = connection
    .prepare('select value from log_properties p join properties on id = p.property order by p.log')
    .pluck()
    .all();
  expect(rows).toEqual(['gold', 'silver']);
  connection.close();
  writer.close();
});

it('takes one patient unit a commit, after all that are not', async () => {
  const connection = openConnection(path());
  const order: string[] = [];
  const commit = new GroupCommit(connection);
  const note = (name: string) => () => void order.push(name);
  const first = [1, 2, 3].map((number) => commit.submit(note(`patient ${number}`), { patient: true }));
  await Promise.all([commit.submit(note('a')), commit.submit(note('b'))]);
  expect(order).toEqual(['a', 'b', 'patient 1']);
  await commit.submit(note('c'));
  expect(order).toEqual(['a', 'b', 'patient 1', 'c', 'patient 2']);
  await Promise.all(first);
  expect(order).toEqual(['a', 'b', 'patient 1', 'c', 'patient 2', 'patient 3']);
  connection.close();
});
