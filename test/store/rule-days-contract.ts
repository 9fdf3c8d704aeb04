/** What every engine's store must do with the days of rules that look at so many logs a day. `open` is called twice: both are of one database. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DayNumbers } from '../../src/evaluation/day-numbers.ts';
import { prepareRules } from '../../src/evaluation/rules.ts';
import { filterable } from '../../src/evaluation/filterable.ts';
import { ruleSpecSchema } from '../../src/model/rule.ts';
import { RULE_DAY_KEPT_MS, type TakenOfDay } from '../../src/store/rule-days.ts';
import { DEFAULT_PROJECT, type NewLog, type Store } from '../../src/store/store.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';
import { newLog } from '../fixtures/new-log.ts';
import { newRule } from './rules-contract.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const DATE = '2026-09-21';
const DAY = { projectId: PROJECT, rule: 'few', stratum: '', date: DATE };

function counted(count: number, of: Partial<TakenOfDay> = {}): NewLog[] {
  const { projectId: _projectId, ...day } = DAY;
  return Array.from({ length: count }, () =>
    newLog({ evaluators: [{ name: 'a', perDay: { ...day, most: 5, ...of } }, 'b'] }),
  );
}

export function ruleDaysContract(openBoth: () => Promise<[Store, Store]>): void {
  describe('days of rules', () => {
    let stores: [Store, Store];
    beforeEach(async () => {
      stores = await openBoth();
    });
    afterEach(async () => {
      for (const store of stores) await store.close();
    });
    const jobsOf = async (logs: NewLog[]): Promise<number> => {
      let count = 0;
      for (const { id } of logs)
        count += (await stores[0].jobs.ofLog(PROJECT, id)).filter(({ evaluator }) => evaluator === 'a').length;
      return count;
    };

    it('let as many jobs be made as the number says, and say when it was used up', async () => {
      const [store] = stores;
      const [some, more] = [counted(3), counted(6)];
      expect(await store.logs.add(some, NOW)).toMatchObject({ inserted: 3, jobs: 6 });
      expect(await store.ruleDays.list(PROJECT, DATE)).toEqual([
        { ...DAY, matched: 0, taken: 3, firstMs: null, usedUpAtMs: null },
      ]);
      expect(await store.logs.add(more, NOW + 1)).toMatchObject({ inserted: 6, jobs: 8 });
      expect(await jobsOf([...some, ...more])).toBe(5);
      expect(await store.logs.add(counted(2), NOW + 2)).toMatchObject({ jobs: 2 });
      expect(await store.ruleDays.list(PROJECT, DATE)).toMatchObject([{ taken: 5, usedUpAtMs: NOW + 1 }]);
      // One that comes again is not counted again, and another day, stratum or rule has its own number.
      expect(await store.logs.add(some, NOW + 3)).toMatchObject({ inserted: 0, jobs: 0 });
      for (const other of [{ date: '2026-09-22' }, { stratum: '=pro' }, { rule: 'others' }])
        expect(await store.logs.add(counted(1, other), NOW + 3)).toMatchObject({ jobs: 2 });
      // A larger number has room again.
      expect(await store.logs.add(counted(2, { most: 6 }), NOW + 4)).toMatchObject({ jobs: 3 });
    });

    it('add up what replicas have seen, and tell it with the day before', async () => {
      const [one, other] = stores;
      const before = { ...DAY, date: '2026-09-20' };
      await one.ruleDays.count([{ ...before, matched: 40, firstMs: NOW - 86_400_000 }], NOW - 86_400_000);
      const seen = [{ ...DAY, matched: 2, firstMs: NOW + 9 }];
      await one.ruleDays.count(seen, NOW);
      await one.logs.add(counted(1), NOW);
      const told = await other.ruleDays.count([{ ...DAY, matched: 5, firstMs: NOW + 4 }], NOW);
      const today = { ...DAY, matched: 7, taken: 1, firstMs: NOW + 4, usedUpAtMs: null };
      expect(told.toSorted((a, b) => (a.date < b.date ? -1 : 1))).toEqual([
        { ...before, matched: 40, taken: 0, firstMs: NOW - 86_400_000, usedUpAtMs: null },
        today,
      ]);
      expect(await one.ruleDays.since(DATE)).toEqual([today]);
      expect(await one.ruleDays.since('2026-09-22')).toEqual([]);
      expect(await one.ruleDays.count([], NOW)).toEqual([]);
    });

    it('are forgotten with their rule, and when they are old', async () => {
      const [store, other] = stores;
      await store.rules.create(newRule({ name: 'few', perDay: 5 }), 10);
      await store.logs.add(counted(1), NOW);
      await store.rules.remove(PROJECT, 'few');
      expect(await store.ruleDays.list(PROJECT, DATE)).toEqual([]);
      await store.logs.add(counted(1), NOW);
      const later = { ...DAY, date: '2026-11-01', matched: 1, firstMs: NOW };
      await other.ruleDays.count([later], NOW + RULE_DAY_KEPT_MS + 1);
      expect(await store.ruleDays.since('2026-01-01')).toMatchObject([{ date: '2026-11-01' }]);
    });

    it('keep two replicas together to the number, however much comes at once', async () => {
      const rules = [{ projectId: null, managedBy: 'config' as const, spec: spec(20) }];
      const deciding = stores.map(() => {
        const days = new DayNumbers();
        return { days, rules: prepareRules({ evaluators: [newEvaluator('a', { online: null })], rules, days }) };
      });
      const logs: NewLog[] = [];
      for (const hour of [0, 5, 10, 15, 20, 23.9])
        await Promise.all(
          deciding.map(async ({ days, rules: own }, index) => {
            const batch = Array.from({ length: 30 }, (_, place) =>
              newLog({ startedAtMs: Date.parse(DATE) + hour * 3_600_000 + place }),
            );
            for (const log of batch) log.evaluators = own.decide(filterable(log), log);
            logs.push(...batch);
            // The second one never hears of the first.
            await stores[index]!.logs.add(batch, NOW);
            if (index === 0) await days.share(stores[index].ruleDays, NOW);
          }),
        );
      const asked = logs.filter(({ evaluators }) => evaluators.length > 0).length;
      expect(asked).toBeGreaterThan(20);
      expect(await jobsOf(logs)).toBe(20);
    });
  });
}

function spec(perDay: number) {
  return ruleSpecSchema.parse({ name: 'few', evaluator: 'a', perDay });
}
