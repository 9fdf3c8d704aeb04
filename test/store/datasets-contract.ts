/** What every engine's store does with datasets. Called once per engine with a way to open a fresh, empty store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { PlacedDatapoint } from '../../src/store/datasets.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;

function datapoint(position: number, changes: Partial<PlacedDatapoint> = {}): PlacedDatapoint {
  return {
    id: newId(),
    position,
    inputs: { question: `What is ${position}?` },
    messages: null,
    target: { answer: position },
    metadata: {},
    source: { from: 'api' },
    ...changes,
  };
}

export function datasetsContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const create = (name: string, projectId: string = PROJECT, most = 10): Promise<boolean> =>
    store.datasets.create({ id: newId(), projectId, name, description: 'questions', createdAtMs: NOW }, most);

  const all = async (version: number, name = 'faq'): Promise<PlacedDatapoint[]> =>
    store.datasets.datapoints(PROJECT, name, version, { after: null, limit: 1000 });

  /** Commits a change as a whole. */
  async function change(
    add: PlacedDatapoint[],
    { remove = [], note = null, atMs = NOW }: { remove?: string[] | 'all'; note?: string | null; atMs?: number } = {},
  ) {
    const begun = (await store.datasets.begin(PROJECT, 'faq'))!;
    await store.datasets.add(PROJECT, 'faq', begun.version, add);
    return store.datasets.commit(PROJECT, 'faq', { base: begun.base, version: begun.version, remove, note }, atMs);
  }

  describe('datasets', () => {
    it('are created once by a name, up to a number, and listed by name', async () => {
      expect(await create('faq')).toBe(true);
      expect(await create('faq')).toBe(false);
      expect(await create('Abc')).toBe(true);
      expect(await create('more', PROJECT, 2)).toBe(false);
      const found = await store.datasets.list(PROJECT);
      expect(found.map(({ name }) => name)).toEqual(['Abc', 'faq']);
      expect(found[1]).toEqual({
        id: expect.any(String),
        projectId: PROJECT,
        name: 'faq',
        description: 'questions',
        newest: 0,
        datapoints: 0,
        createdAtMs: NOW,
        changedAtMs: NOW,
      });
      expect(await store.datasets.find(PROJECT, 'faq')).toEqual(found[1]);
    });

    it('give a datapoint back as it was put, whatever JSON it holds', async () => {
      await create('faq');
      const odd = datapoint(0, {
        inputs: { text: 'a\u0000b \ud800 "quoted" \u2028', ['__proto__x']: [1, null] },
        messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }],
        target: [false, 1e300, { deep: {} }],
        metadata: { tags: ['a'] },
        source: { from: 'import', file: 'faq.jsonl', line: 3 },
      });
      const plain = datapoint(1, { target: null });
      await change([odd, plain]);
      expect(await all(1)).toEqual([odd, plain]);
      expect(await store.datasets.byId(PROJECT, 'faq', 1, [plain.id, newId()])).toEqual([plain]);
    });

    it('keep every version as it was when datapoints are added, edited and removed', async () => {
      await create('faq');
      const [one, two, three] = [datapoint(0), datapoint(1), datapoint(2)];
      expect(await change([one, two, three], { note: 'first' })).toEqual({
        version: 1,
        datapoints: 3,
        added: 3,
        edited: 0,
        removed: 0,
        note: 'first',
        createdAtMs: NOW,
      });
      const edited = { ...two, target: { answer: 'two' } };
      const four = datapoint(3);
      expect(await change([edited, four], { remove: [one.id, newId()], atMs: NOW + 5 })).toMatchObject({
        version: 2,
        datapoints: 3,
        added: 1,
        edited: 1,
        removed: 1,
      });
      const five = datapoint(4);
      expect(await change([five], { remove: 'all' })).toMatchObject({
        version: 3,
        datapoints: 1,
        added: 1,
        removed: 3,
      });
      expect(await all(1)).toEqual([one, two, three]);
      expect(await all(2)).toEqual([edited, three, four]);
      expect(await all(3)).toEqual([five]);
      expect((await store.datasets.versions(PROJECT, 'faq')).map(({ version }) => version)).toEqual([3, 2, 1]);
      expect(await store.datasets.find(PROJECT, 'faq')).toMatchObject({ newest: 3, datapoints: 1, changedAtMs: NOW });
    });

    it('show nothing of a change before it is committed, and nothing ever of one that is not', async () => {
      await create('faq');
      const first = datapoint(0);
      await change([first]);
      const lost = (await store.datasets.begin(PROJECT, 'faq'))!;
      await store.datasets.add(PROJECT, 'faq', lost.version, [{ ...first, target: 'other' }, datapoint(1)]);
      expect(await all(1)).toEqual([first]);
      expect(await store.datasets.find(PROJECT, 'faq')).toMatchObject({ newest: 1, datapoints: 1 });
      const second = datapoint(2);
      const later = await change([second]);
      expect(later).toMatchObject({ added: 1, edited: 0, datapoints: 2 });
      expect(await all((later as { version: number }).version)).toEqual([first, second]);
    });

    it('refuse the change that is committed later of two that were begun together', async () => {
      await create('faq');
      await change([datapoint(0)]);
      const [one, other] = [await store.datasets.begin(PROJECT, 'faq'), await store.datasets.begin(PROJECT, 'faq')];
      for (const begun of [one!, other!])
        await store.datasets.add(PROJECT, 'faq', begun.version, [datapoint(begun.position)]);
      const commit = (begun: { base: number; version: number }) =>
        store.datasets.commit(PROJECT, 'faq', { ...begun, remove: [], note: null }, NOW);
      expect(await commit(other!)).toMatchObject({ datapoints: 2 });
      expect(await commit(one!)).toBe('changed');
      const { newest } = (await store.datasets.find(PROJECT, 'faq'))!;
      expect(await all(newest)).toHaveLength(2);
    });

    it('are read page by page in the order of positions', async () => {
      await create('faq');
      const many = Array.from({ length: 25 }, (_, index) => datapoint(index));
      await change(many.toReversed());
      const first = await store.datasets.datapoints(PROJECT, 'faq', 1, { after: null, limit: 10 });
      const rest = await store.datasets.datapoints(PROJECT, 'faq', 1, { after: first.at(-1)!.position, limit: 100 });
      expect([...first, ...rest]).toEqual(many);
    });

    it('that are removed are gone with all versions, and their name is free', async () => {
      await create('faq');
      await change(Array.from({ length: 1200 }, (_, index) => datapoint(index)));
      expect(await store.datasets.remove(PROJECT, 'faq')).toBe(true);
      expect(await store.datasets.remove(PROJECT, 'faq')).toBe(false);
      expect(await create('faq')).toBe(true);
      expect(await all(1)).toEqual([]);
      expect(await store.datasets.versions(PROJECT, 'faq')).toEqual([]);
    });

    it('of another project are not there', async () => {
      const key = await store.keys.create(
        { id: newId(), project: 'other', name: 'k', hash: newId(), last4: 'abcd', scopes: ['read'], createdAtMs: NOW },
        newId(),
      );
      await create('faq', key.projectId);
      const { datasets } = store;
      expect(await datasets.list(PROJECT)).toEqual([]);
      expect(await datasets.find(PROJECT, 'faq')).toBeUndefined();
      expect(await datasets.begin(PROJECT, 'faq')).toBeUndefined();
      expect(await datasets.add(PROJECT, 'faq', 1, [datapoint(0)])).toBeUndefined();
      expect(await datasets.commit(PROJECT, 'faq', { base: 0, version: 1, remove: 'all', note: null }, NOW)).toBe(
        'changed',
      );
      expect(await datasets.remove(PROJECT, 'faq')).toBe(false);
      expect(await datasets.list(key.projectId)).toHaveLength(1);
    });
  });
}
