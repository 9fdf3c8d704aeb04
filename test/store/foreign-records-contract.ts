/** What every engine's store must do with foreign records. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { ForeignRecord } from '../../src/store/foreign-records.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;

export function newForeign(changes: Partial<ForeignRecord> = {}): ForeignRecord {
  return {
    projectId: PROJECT,
    kind: 'file',
    id: newId(),
    parent: null,
    key: null,
    spec: { path: 'a "b" \u0000 \u{1f600}', nothing: null },
    revision: 1,
    createdAtMs: NOW,
    changedAtMs: NOW,
    ...changes,
  };
}

export function foreignRecordsContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  describe('foreign records', () => {
    it('come back as they were put, by id and by key, of their project and kind alone', async () => {
      const one = newForeign({ key: 'Folder/é' });
      const other = newForeign({ kind: 'evaluation', id: one.id, key: 'Folder/é', parent: one.id });
      for (const record of [one, other]) expect(await store.foreign.create(record, 10)).toBe('created');
      expect(await store.foreign.find(PROJECT, 'file', one.id)).toEqual(one);
      expect(await store.foreign.findByKey(PROJECT, 'evaluation', 'Folder/é')).toEqual(other);
      expect(await store.foreign.find(newId(), 'file', one.id)).toBeUndefined();
      expect(await store.foreign.findByKey(PROJECT, 'file', 'folder/é')).toBeUndefined();
      expect(await store.foreign.list(newId(), 'file')).toEqual([]);
    });

    it('are listed the oldest first, all of a kind or those of a parent', async () => {
      const made = [
        newForeign({ createdAtMs: NOW + 1 }),
        newForeign(),
        newForeign({ parent: 'p', createdAtMs: NOW + 2 }),
      ];
      for (const record of made) await store.foreign.create(record, 10);
      expect(await store.foreign.list(PROJECT, 'file')).toEqual([made[1], made[0], made[2]]);
      expect(await store.foreign.list(PROJECT, 'file', 'p')).toEqual([made[2]]);
      expect(await store.foreign.list(PROJECT, 'other')).toEqual([]);
    });

    it('have an id and a key once, and there are as many of a parent as there may be', async () => {
      const one = newForeign({ key: 'a' });
      expect(await store.foreign.create(one, 2)).toBe('created');
      expect(await store.foreign.create({ ...one, key: 'b' }, 2)).toBe('exists');
      expect(await store.foreign.create(newForeign({ key: 'a' }), 2)).toBe('exists');
      const several = await Promise.all([1, 2, 3].map(() => store.foreign.create(newForeign(), 2)));
      expect(several.toSorted()).toEqual(['created', 'full', 'full']);
      expect(await store.foreign.create(newForeign({ parent: 'p' }), 2)).toBe('created');
    });

    it('are changed by whoever has seen them as they are', async () => {
      const one = newForeign({ key: 'a' });
      await store.foreign.create(one, 10);
      await store.foreign.create(newForeign({ key: 'b' }), 10);
      const change = { key: 'c', spec: [1], revision: 1, changedAtMs: NOW + 1 };
      const both = await Promise.all([1, 2].map(() => store.foreign.update(PROJECT, 'file', one.id, change)));
      expect(both.toSorted()).toEqual(['changed', 'updated']);
      expect(await store.foreign.find(PROJECT, 'file', one.id)).toEqual({ ...one, ...change, revision: 2 });
      const taken = { ...change, key: 'b', revision: 2 };
      expect(await store.foreign.update(PROJECT, 'file', one.id, taken)).toBe('exists');
      expect(await store.foreign.update(newId(), 'file', one.id, taken)).toBe('changed');
    });

    it('are removed with what belongs to them', async () => {
      const one = newForeign();
      const rest = [
        newForeign({ kind: 'version', parent: one.id }),
        newForeign({ kind: 'version', parent: 'another' }),
      ];
      for (const record of [one, ...rest]) await store.foreign.create(record, 10);
      expect(await store.foreign.remove(newId(), 'file', one.id)).toBe(false);
      expect(await store.foreign.remove(PROJECT, 'file', one.id)).toBe(true);
      expect(await store.foreign.remove(PROJECT, 'file', one.id)).toBe(false);
      expect(await store.foreign.list(PROJECT, 'version')).toEqual([rest[1]]);
    });
  });
}
