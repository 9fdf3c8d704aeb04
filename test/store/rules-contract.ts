/** What every engine's store must do with rules. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { type RuleSpec, ruleSpecSchema, type StoredRule } from '../../src/model/rule.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;

export function newRule(changes: Partial<RuleSpec> = {}, projectId: string = PROJECT): StoredRule {
  const spec = ruleSpecSchema.parse({ name: 'every-call', evaluator: 'accuracy', ...changes });
  return { projectId, managedBy: 'api', spec, createdAtMs: NOW, changedAtMs: NOW };
}

export function rulesContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  describe('rules', () => {
    it('come back as they were put, are changed and taken away', async () => {
      const filter = { property: 'a\0b', equals: '\u{1f600} "quoted"' };
      const rule = newRule({ filter, sampleRate: 0.1 });
      expect(await store.rules.create(rule, 10)).toBe('created');
      expect(await store.rules.list(PROJECT)).toEqual([rule]);
      const spec = { ...newRule({ evaluator: 'tone' }).spec, enabled: false };
      expect(await store.rules.update(PROJECT, spec, NOW + 5)).toBe(true);
      expect(await store.rules.list(PROJECT)).toEqual([{ ...rule, spec, changedAtMs: NOW + 5 }]);
      expect(await store.rules.remove(PROJECT, 'every-call')).toBe(true);
      expect(await store.rules.list(PROJECT)).toEqual([]);
      expect(await store.rules.remove(PROJECT, 'every-call')).toBe(false);
    });

    it('are listed by name, in order of code points', async () => {
      for (const name of ['b', 'Z', 'a', 'a-b', 'a.b']) await store.rules.create(newRule({ name }), 10);
      expect((await store.rules.list(PROJECT)).map(({ spec }) => spec.name)).toEqual(['Z', 'a', 'a-b', 'a.b', 'b']);
    });

    it('have a name once in a project, and as many as it may have', async () => {
      expect(await store.rules.create(newRule(), 2)).toBe('created');
      expect(await store.rules.create(newRule({ sampleRate: 0.5 }), 2)).toBe('exists');
      expect(await store.rules.create(newRule({ name: 'second' }), 2)).toBe('created');
      expect(await store.rules.create(newRule({ name: 'third' }), 2)).toBe('full');
      expect((await store.rules.list(PROJECT)).map(({ spec }) => spec.sampleRate)).toEqual([1, 1]);
    });

    it('are not both added where two of a name, or one too many, are put at once', async () => {
      const same = await Promise.all([1, 2, 3].map(() => store.rules.create(newRule(), 10)));
      expect(same.filter((one) => one === 'created')).toHaveLength(1);
      const many = await Promise.all([1, 2, 3].map((name) => store.rules.create(newRule({ name: `r${name}` }), 3)));
      expect(many.toSorted()).toEqual(['created', 'created', 'full']);
    });

    it('belong to their project', async () => {
      const other = newId();
      await store.keys.create(
        {
          id: newId(),
          project: 'other',
          name: 'k',
          hash: 'c'.repeat(64),
          last4: 'cccc',
          scopes: ['admin'],
          createdAtMs: NOW,
        },
        other,
      );
      const theirs = newRule({ evaluator: 'theirs' }, other);
      await store.rules.create(newRule(), 10);
      expect(await store.rules.list(other)).toEqual([]);
      expect(await store.rules.update(other, newRule().spec, NOW)).toBe(false);
      expect(await store.rules.remove(other, 'every-call')).toBe(false);
      expect(await store.rules.create(theirs, 10)).toBe('created');
      expect(await store.rules.list(other)).toEqual([theirs]);
      const all = await store.rules.all();
      expect(all).toHaveLength(2);
      expect(all).toEqual(expect.arrayContaining([newRule(), theirs]));
    });
  });
}
