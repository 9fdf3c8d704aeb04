/** Questions on SQLite: the contracts that every engine has to meet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { openConnection } from '../../src/store/sqlite/connection.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { filterContract } from './filter-contract.ts';
import { questionsContract } from './questions-contract.ts';
import { sumContract } from './sum-contract.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

const open = (): Promise<Store> => {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-questions-'));
  folders.push(folder);
  const textReader = new URL('../../src/providers/log-texts.ts', import.meta.url).href;
  return openStore({ engine: 'sqlite', path: join(folder, 'gradeway.db') }, { textReader });
};

describe('questions on SQLite', () => {
  questionsContract(open);
  filterContract(open);
  sumContract(open);

  it('tell changes that were forgotten from those that never were', async () => {
    const store = await open();
    const logs = Array.from({ length: 4 }, () => newLog());
    await store.logs.add(logs, 0);
    const connection = openConnection(join(folders.at(-1)!, 'gradeway.db'), {});
    const first = connection.prepare('select min(seq) from changes').pluck().get() as number;
    const read = async (after: number): Promise<unknown[]> => {
      const { changes, complete } = await store.questions.changes(DEFAULT_PROJECT.id, after, 10);
      return [changes.length, complete];
    };
    expect(await read(first - 1)).toEqual([4, true]);
    connection.prepare('delete from changes where seq < ?').run(first + 2);
    expect(await read(first)).toEqual([2, false]);
    expect(await read(first + 1)).toEqual([2, true]);
    connection.prepare('delete from changes').run();
    expect(await read(first + 2)).toEqual([0, false]);
    expect(await read(first + 3)).toEqual([0, true]);
    connection.close();
    await store.close();
  });
});
