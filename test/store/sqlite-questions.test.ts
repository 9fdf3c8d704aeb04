/** Questions on SQLite: the contracts that every engine has to meet. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
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
});
