/** What rules that sample decide: shares, numbers a day, strata, and the probability with which a log was chosen. */
import { describe, expect, it } from 'vitest';
import { DayNumbers } from '../../src/evaluation/day-numbers.ts';
import { prepareRules, type Rules } from '../../src/evaluation/rules.ts';
import type { Online } from '../../src/model/evaluator.ts';
import type { Filterable } from '../../src/model/filter-match.ts';
import { newId } from '../../src/model/id.ts';
import { type RuleSpec, ruleSpecSchema } from '../../src/model/rule.ts';
import { sampleOf } from '../../src/model/sample.ts';
import { DEFAULT_PROJECT, type NewJob } from '../../src/store/store.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';

const PROJECT: string = DEFAULT_PROJECT.id;
const START = Date.parse('2026-03-02T00:00:00Z');
const ids = Array.from({ length: 5000 }, () => newId());

const rulesOf = (specs: (Partial<RuleSpec> | object)[], online: Online | null = null, days = new DayNumbers()): Rules =>
  prepareRules({
    evaluators: [newEvaluator('a', { online })],
    rules: specs.map((spec, index) => ({
      projectId: null,
      managedBy: 'config',
      spec: ruleSpecSchema.parse({ name: `r${index}`, evaluator: 'a', ...spec }),
    })),
    days,
  });
const logOf = (properties: Record<string, string> = {}): Filterable => ({
  field: () => 200,
  property: (name) => properties[name],
  text: () => '',
});
const of = (id: string, startedAtMs = START) => ({ id, projectId: PROJECT, startedAtMs });
/** The job of one log; undefined for none. */
const jobOf = (rules: Rules, id: string, properties?: Record<string, string>, at = START): NewJob | undefined => {
  const [job] = rules.decide(logOf(properties), of(id, at));
  return typeof job === 'string' ? { name: job } : job;
};
const PLANS = {
  property: 'Plan',
  strata: [
    { values: ['pro', 'team'], sampleRate: 1 },
    { values: ['trial'], sampleRate: 0.5 },
    { values: ['lab'], perDay: 3 },
  ],
  rest: { sampleRate: 0.1 },
};

describe('the probability of a job', () => {
  it('is told where the log was sampled, and not where it was not', () => {
    const rules = rulesOf([], { sampleRate: 0.25 });
    const jobs = ids.map((id) => jobOf(rules, id)).filter((job) => job !== undefined);
    expect(jobs.length).toBeGreaterThan(1000);
    for (const job of jobs) expect(job).toEqual({ name: 'a', probability: 0.25 });
    expect(rulesOf([], { sampleRate: 1 }).decide(logOf(), of(ids[0]!))).toEqual(['a']);
  });

  it('is that of the rule with the largest share that matches, for the samples lie within each other', () => {
    const rules = rulesOf([
      { sampleRate: 0.1 },
      { sampleRate: 0.9, filter: { property: 'plan', equals: 'pro' } },
      { sampleRate: 0.5, filter: { property: 'plan', in: ['pro', 'trial'] } },
    ]);
    for (const [plan, rate] of [
      ['pro', 0.9],
      ['trial', 0.5],
      ['free', 0.1],
    ] as const)
      for (const id of ids.slice(0, 300))
        expect(jobOf(rules, id, { plan })).toEqual(sampleOf(id) < rate ? { name: 'a', probability: rate } : undefined);
  });
});

describe('strata', () => {
  it.each([
    { plan: 'pro', rate: 1 },
    { plan: 'team', rate: 1 },
    { plan: 'trial', rate: 0.5 },
    { plan: 'anything else', rate: 0.1 },
    { plan: undefined, rate: 0.1 },
  ])('have a share each: $plan', ({ plan, rate }) => {
    const rules = rulesOf([{ stratify: PLANS }]);
    for (const id of ids.slice(0, 300)) {
      const expected = rate === 1 ? { name: 'a' } : { name: 'a', probability: rate };
      expect(jobOf(rules, id, plan === undefined ? {} : { plan })).toEqual(sampleOf(id) < rate ? expected : undefined);
    }
  });

  it('have a number a day each, by their own name whatever the order of their values', () => {
    const job = jobOf(rulesOf([{ stratify: PLANS }]), ids[0]!, { plan: 'lab' });
    expect(job).toEqual({ name: 'a', perDay: { rule: 'r0', stratum: '=lab', date: '2026-03-02', most: 3 } });
    for (const values of [
      ['b', 'a'],
      ['a', 'b'],
    ]) {
      const stratify = { property: 'plan', strata: [{ values, perDay: 2 }], rest: { perDay: 1 } };
      expect(jobOf(rulesOf([{ stratify }]), ids[0]!, { plan: 'b' })?.perDay?.stratum).toBe('=a');
      expect(jobOf(rulesOf([{ stratify }]), ids[0]!)?.perDay).toMatchObject({ stratum: 'rest', most: 1 });
    }
  });

  it('are explained', () => {
    const rules = rulesOf([{ stratify: PLANS }]);
    const id = ids.find((one) => sampleOf(one) > 0.5)!;
    const said = (plan: string): unknown => rules.explain(logOf({ plan }), of(id)).get('a')![0];
    const sampling = { place: sampleOf(id), property: 'plan' };
    expect(said('pro')).toMatchObject({ verdict: 'taken', sampling: null });
    expect(said('trial')).toMatchObject({
      verdict: 'sampled_out',
      sampling: { ...sampling, values: ['trial'], sampleRate: 0.5, day: null },
    });
    expect(said('other')).toMatchObject({ verdict: 'sampled_out', sampling: { values: null, sampleRate: 0.1 } });
    expect(said('lab')).toMatchObject({
      verdict: 'taken',
      sampling: { day: { perDay: 3, date: '2026-03-02', endsAtMs: START + 86_400_000, taken: null } },
    });
  });
});

describe('a number a day', () => {
  it('is of the day on which the log began, in the zone of the rule', () => {
    const rules = rulesOf([{ perDay: 10, timeZone: 'Asia/Tokyo' }]);
    const at = Date.parse('2026-03-02T15:30:00Z');
    expect(jobOf(rules, ids[0]!, {}, at)?.perDay).toMatchObject({ date: '2026-03-03', most: 10 });
    expect(jobOf(rules, ids[1]!, {}, at - 86_400_000)?.perDay).toMatchObject({ date: '2026-03-02' });
  });

  it('takes so many at most, each with its chance, and by the same hash as all rules', () => {
    const rules = rulesOf([{ perDay: 40 }]);
    const jobs = ids.map((id, index) => ({ id, job: jobOf(rules, id, {}, START + index * 17_000) }));
    const taken = jobs.filter(({ job }) => job !== undefined);
    expect(taken.length).toBeLessThanOrEqual(40);
    expect(taken.length).toBeGreaterThan(15);
    for (const { id, job } of taken) expect(sampleOf(id)).toBeLessThan(job!.probability ?? 1);
  });

  it('has a largest share', () => {
    const rules = rulesOf([{ perDay: 1000, sampleRate: 0.01 }]);
    for (const id of ids.slice(0, 500)) expect(jobOf(rules, id) === undefined).toBe(sampleOf(id) >= 0.01);
  });

  it('counts no log that another rule takes anyway', () => {
    const rules = rulesOf([{ perDay: 2 }, { sampleRate: 0.2 }]);
    const anyway = ids.filter((id) => jobOf(rules, id) !== undefined && sampleOf(id) < 0.2);
    for (const id of anyway) expect(jobOf(rules, id)?.perDay).toBeUndefined();
    const first = ids.find((id) => sampleOf(id) < 0.2);
    expect(jobOf(rulesOf([{ perDay: 2 }, { sampleRate: 0.2 }]), first!)).toEqual({ name: 'a' });
  });

  it('goes on when rules are made ready anew', () => {
    const days = new DayNumbers();
    const take = (): number => ids.filter((id) => jobOf(rulesOf([{ perDay: 5 }], null, days), id) !== undefined).length;
    expect(take() + take()).toBeLessThanOrEqual(5);
  });

  it('does not hold up those that take everything', () => {
    const unseen: Filterable = { ...logOf(), property: () => expect.unreachable('a log was looked at') };
    expect(rulesOf([{}, { stratify: PLANS }]).decide(unseen, of(ids[0]!))).toEqual(['a']);
  });
});
