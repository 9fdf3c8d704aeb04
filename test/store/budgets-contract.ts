/** What every engine's store must do with budgets: money is set aside before, and settled with, a job's end. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Budget, DAY_MS, dayAt, monthAt } from '../../src/model/budget.ts';
import { newId } from '../../src/model/id.ts';
import type { ClaimedJob } from '../../src/model/job.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import type { Reserved } from '../../src/store/budgets.ts';
import { DEFAULT_PROJECT, type JobEffect, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';

const PROJECT = DEFAULT_PROJECT.id;
/** The 21st of September, so that a month has days before and after. */
const NOW = 1_790_000_000_000;

const scored = (costUsd?: number | null): Outcome => ({
  outcome: 'scored',
  scores: [{ name: 'tone', value: true, reason: null }],
  durationMs: 1,
  printed: '',
  ...(costUsd !== undefined && { costUsd }),
});

const ended = (job: ClaimedJob, outcome: Outcome, more: Partial<JobEffect> = {}): JobEffect => ({
  job,
  evaluatorVersion: '1',
  outcome,
  atMs: NOW,
  retryAtMs: undefined,
  dead: false,
  ...more,
});

export function budgetsContract(open: () => Promise<Store>): void {
  describe('budgets', () => {
    let store: Store;
    let tests = 0;
    // Of each test.
    let rule = '';
    let tone = '';
    beforeAll(async () => {
      store = await open();
    });
    beforeEach(() => {
      tests += 1;
      rule = `rule-${tests}`;
      tone = `tone-${tests}`;
    });
    afterAll(() => store.close());

    const add = (count: number, paidBy = rule): Promise<unknown> =>
      store.logs.add(
        Array.from({ length: count }, () => newLog({ evaluators: [{ name: tone, paidBy }] })),
        NOW,
      );
    const claim = (nowMs = NOW, limit = 100): Promise<ClaimedJob[]> =>
      store.jobs.claim({ evaluators: [tone], limit, nowMs, leaseUntilMs: nowMs + 30_000 });
    const taken = async (count: number): Promise<ClaimedJob[]> => {
      await add(count);
      return claim();
    };
    const reserve = (jobs: ClaimedJob[], amountUsd: number, limits: Budget, nowMs = NOW): Promise<Reserved[]> =>
      store.budgets.reserve(
        jobs.map((job) => ({ job, amountUsd, limits })),
        nowMs,
      );
    const states = (all: Reserved[]): string[] => all.map(({ state }) => state);
    const spending = (nowMs = NOW) => store.budgets.spending(PROJECT, rule, nowMs);

    it('are asked for by jobs that a rule with a budget pays for', async () => {
      await store.logs.add([newLog({ evaluators: [tone, { name: 'other', paidBy: rule }] })], NOW);
      const jobs = await store.jobs.claim({ evaluators: [tone, 'other'], limit: 9, nowMs: NOW, leaseUntilMs: NOW });
      expect(Object.fromEntries(jobs.map(({ evaluator, paidBy }) => [evaluator, paidBy]))).toEqual({
        [tone]: null,
        other: rule,
      });
      expect(await reserve([jobs.find(({ paidBy }) => paidBy === null)!], 1, { perDayUsd: 1 })).toEqual([
        { state: 'lost' },
      ]);
    });

    it('let through what fits, have wait what may fit later, and name the time for what does not', async () => {
      const jobs = await taken(4);
      expect(states(await reserve(jobs.slice(0, 3), 0.4, { perDayUsd: 1 }))).toEqual(['reserved', 'reserved', 'waits']);
      expect(await spending()).toMatchObject({ dayUsd: 0, monthUsd: 0, reservedUsd: 0.8 });
      await store.jobs.complete([ended(jobs[0]!, scored(0.3)), ended(jobs[1]!, scored(0.5))]);
      expect(await spending()).toEqual({
        dayUsd: 0.8,
        monthUsd: 0.8,
        reservedUsd: 0,
        deferred: 0,
        days: [{ fromMs: dayAt(NOW).fromMs, spentUsd: 0.8, evaluations: 2 }],
      });
      expect(await reserve([jobs[2]!], 0.4, { perDayUsd: 1, perMonthUsd: 5 })).toEqual([
        { state: 'over', untilMs: dayAt(NOW).toMs, of: 'day', limitUsd: 1, spentUsd: 0.8 },
      ]);
      expect(await reserve([jobs[2]!], 0.4, { perMonthUsd: 1 })).toEqual([
        { state: 'over', untilMs: monthAt(NOW).toMs, of: 'month', limitUsd: 1, spentUsd: 0.8 },
      ]);
      expect(states(await reserve([jobs[2]!], 0.2, { perDayUsd: 1, perMonthUsd: 1 }))).toEqual(['reserved']);
    });

    it('begin anew with the day, and with the month', async () => {
      const [first, second] = await taken(2);
      await reserve([first!], 1, { perDayUsd: 1 });
      await store.jobs.complete([ended(first!, scored(1))]);
      expect(states(await reserve([second!], 0.1, { perDayUsd: 1 }))).toEqual(['over']);
      const tomorrow = dayAt(NOW).toMs;
      expect(states(await reserve([second!], 1, { perDayUsd: 1 }, tomorrow))).toEqual(['reserved']);
      expect(states(await reserve([second!], 1, { perDayUsd: 1, perMonthUsd: 2 }, tomorrow))).toEqual(['over']);
      const october = monthAt(NOW).toMs;
      expect(await spending(october - 1)).toMatchObject({ dayUsd: 0 });
      expect(await spending(october)).toMatchObject({ dayUsd: 0, monthUsd: 0, days: [] });
      expect(states(await reserve([second!], 2, { perMonthUsd: 2 }, october))).toEqual(['reserved']);
    });

    it('are not overspent by many that ask at once', async () => {
      const jobs = await taken(40);
      const all = await Promise.all(jobs.map((job) => reserve([job], 0.1, { perDayUsd: 1.05 })));
      const through = jobs.filter((_, index) => all[index]![0]!.state === 'reserved');
      expect(through).toHaveLength(10);
      const settling = store.jobs.complete(through.map((job) => ended(job, scored(0.1))));
      const again = jobs.filter((job) => !through.includes(job));
      const late = await Promise.all(again.map((job) => reserve([job], 0.1, { perDayUsd: 1.05 })));
      await settling;
      expect(late.filter(([one]) => one!.state === 'reserved')).toEqual([]);
      expect(await spending()).toMatchObject({ dayUsd: expect.closeTo(1, 9), reservedUsd: 0 });
    });

    it.each([
      { name: 'what it cost', outcome: scored(0.2), spent: 0.2 },
      { name: 'what was set aside where nobody knows', outcome: scored(null), spent: 0.5 },
      { name: 'what was set aside where no answer came', outcome: failure('timeout'), spent: 0.5 },
      { name: 'nothing where the provider refused', outcome: failure('provider_failed'), spent: 0 },
      { name: 'nothing where it was not asked', outcome: skipped(), more: { countsAttempt: false as const }, spent: 0 },
      { name: 'what was set aside for one that never ends', outcome: skipped(), more: { dead: true }, spent: 0.5 },
    ])('are charged $name', async ({ outcome, more, spent }) => {
      const jobs = await taken(1);
      await reserve(jobs, 0.5, { perDayUsd: 1 });
      await store.jobs.complete([ended(jobs[0]!, outcome, more)]);
      expect(await spending()).toMatchObject({ dayUsd: spent, reservedUsd: 0 });
    });

    it('are charged each try of a job that is tried again', async () => {
      const [job] = await taken(1);
      await reserve([job!], 0.5, { perDayUsd: 1 });
      await store.jobs.complete([ended(job!, { ...failure('invalid_result'), costUsd: 0.1 }, { retryAtMs: NOW + 10 })]);
      expect(await spending()).toMatchObject({ dayUsd: 0.1, reservedUsd: 0 });
      const [again] = await claim(NOW + 10);
      await reserve([again!], 0.5, { perDayUsd: 1 });
      await store.jobs.complete([ended(again!, scored(0.2))]);
      expect(await spending()).toMatchObject({ dayUsd: expect.closeTo(0.3, 9), reservedUsd: 0 });
    });

    it('count what a dead process had set aside as spent, and give back what was not begun', async () => {
      const [left, released] = await taken(2);
      await reserve([left!, released!], 0.4, { perDayUsd: 1 });
      await store.jobs.release([released!], NOW);
      expect(await spending()).toMatchObject({ dayUsd: 0, reservedUsd: 0.4 });
      const again = (await claim(NOW + 60_000)).find(({ id }) => id === left!.id);
      expect(await reserve([left!], 0.4, { perDayUsd: 1 })).toEqual([{ state: 'lost' }]);
      expect(states(await reserve([again!], 0.4, { perDayUsd: 1 }))).toEqual(['reserved']);
      expect(await spending()).toMatchObject({ dayUsd: 0.4, reservedUsd: 0.4 });
    });

    it('forget what was set aside for a log that is removed', async () => {
      const [job] = await taken(1);
      await reserve([job!], 0.4, { perDayUsd: 1 });
      const act = removalAct();
      await store.removals.removeLogs(PROJECT, [job!.logId], act);
      expect(await spending()).toMatchObject({ dayUsd: 0, reservedUsd: 0 });
    });

    it('defer jobs without a trace among evaluations, until the time or until the budget has changed', async () => {
      const [one, other] = await taken(2);
      const untilMs = dayAt(NOW).toMs;
      const reason = 'The budget is used up.';
      const defer = (job: ClaimedJob): JobEffect =>
        ended(job, { ...skipped(), reason }, { retryAtMs: untilMs, countsAttempt: false, deferredBy: 'budget' });
      await store.jobs.complete([defer(one!), defer(other!)]);
      expect(await store.jobs.ofLog(PROJECT, one!.logId)).toMatchObject([
        { state: 'pending', attempt: 0, dueAtMs: untilMs, reason, deferredBy: 'budget' },
      ]);
      expect(await store.scores.evaluations(PROJECT, one!.logId)).toEqual([]);
      expect(await spending()).toMatchObject({ deferred: 2 });
      expect(await claim(untilMs - 1)).toEqual([]);
      expect(await store.budgets.reconsider(newId(), rule, NOW)).toBe(0);
      expect(await store.budgets.reconsider(PROJECT, 'another', NOW)).toBe(0);
      expect(await store.budgets.reconsider(null, rule, NOW)).toBe(2);
      const again = await claim(NOW, 1);
      expect(again).toMatchObject([{ attempt: 1, paidBy: rule }]);
      await store.jobs.complete([defer(again[0]!)]);
      expect(await store.jobs.ofLog(PROJECT, again[0]!.logId)).toMatchObject([{ deferredBy: 'budget' }]);
      const due = await claim(untilMs);
      expect(new Set(due.map(({ id }) => id))).toEqual(new Set([one!.id, other!.id]));
      expect(await store.jobs.ofLog(PROJECT, due[0]!.logId)).toMatchObject([{ reason: null, deferredBy: null }]);
      expect(await spending(NOW + DAY_MS)).toMatchObject({ deferred: 0 });
    });
  });
}

function failure(code: 'timeout' | 'provider_failed' | 'invalid_result'): Outcome {
  return { outcome: 'failed', code, message: 'no', retryable: true, durationMs: 1, printed: '' };
}

function skipped(): Outcome & { outcome: 'skipped' } {
  return { outcome: 'skipped', reason: 'later', durationMs: 0, printed: '' };
}
