import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { bury } from '../fixtures/bury.ts';
import { newLog } from '../fixtures/new-log.ts';
import { run, workplace } from './process.ts';

describe('gradeway dead-letters', () => {
  let place: ReturnType<typeof workplace>;
  let store: Store;
  beforeEach(async () => {
    place = workplace();
    store = await openStore({ engine: 'sqlite', path: join(place.folder, 'data/gradeway.db') });
  });
  afterEach(async () => {
    await store.close();
    place.remove();
  });

  const letters = (...given: string[]) => run(place.folder, ['dead-letters', ...given]);

  it('lists them without what could rewrite the terminal, and shows one whole', async () => {
    const log = newLog({ evaluators: ['tone'] });
    await bury(store, [log], 'boom\n\u001b[2Jgone');
    const { code, stdout } = await letters('list');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ID +EVALUATOR +LOG +TRIES +GIVEN UP +REASON\n/);
    expect(stdout).toContain(`tone       ${log.id}  1      2026-09-21T14:13:20Z  boom [2Jgone\n`);
    const [id] = /^\d+(?= )/m.exec(stdout)!;
    expect(JSON.parse((await letters('show', id)).stdout)).toMatchObject({ logId: log.id, printed: 'seen\n' });
  });

  it('retries those that are named, drops those of an evaluator, and then all', async () => {
    await bury(
      store,
      Array.from({ length: 2 }, () => newLog({ evaluators: ['tone', 'length', 'cost'] })),
    );
    const [letter] = await store.deadLetters.list(DEFAULT_PROJECT.id, { evaluator: 'cost', after: null, limit: 1 });
    expect((await letters('retry', String(letter!.id))).stdout).toBe('1 will run again.\n');
    expect((await letters('drop', '--evaluator', 'tone')).stdout).toBe('2 dropped.\n');
    expect(await store.jobs.backlog()).toMatchObject({ pending: 1, dead: 3 });
    expect((await letters('retry', '--all')).stdout).toBe('3 will run again.\n');
    expect((await letters('list')).stdout).toBe('There are no dead letters.\n');
  });

  it('changes nothing where it is not said which', async () => {
    await bury(store, [newLog({ evaluators: ['tone'] })]);
    for (const given of [['drop'], ['drop', '1', '--all'], ['drop', 'x'], ['drop', '--all', '--project', 'nope']]) {
      const { code, stderr } = await letters(...given);
      expect([given, code]).toEqual([given, 64]);
      expect(stderr).toMatch(/Say which|whole number|There is no project "nope"/);
    }
    expect(await store.jobs.backlog()).toMatchObject({ dead: 1 });
  });
});
