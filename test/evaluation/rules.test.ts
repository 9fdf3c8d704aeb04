import { describe, expect, it } from 'vitest';
import type { RuleVerdict } from '../../src/evaluation/prepared-rule.ts';
import { prepareRules } from '../../src/evaluation/rules.ts';
import { sampleOf } from '../../src/model/sample.ts';
import type { Evaluator, Online } from '../../src/model/evaluator.ts';
import type { Filter } from '../../src/model/filter.ts';
import type { Filterable } from '../../src/model/filter-match.ts';
import { newId } from '../../src/model/id.ts';
import { type Rule, type RuleSpec, ruleSpecSchema } from '../../src/model/rule.ts';
import { DEFAULT_PROJECT, type NewJob, type NewLog } from '../../src/store/store.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';

function evaluator(name: string, online: Online | null): Evaluator {
  return newEvaluator(name, { online });
}

const log: Filterable = {
  field: (name) => ({ status: 200, model: 'gpt-4o' })[name as string] ?? null,
  property: (name) => (name === 'environment' ? 'production' : undefined),
  text: () => 'hello',
};
const nothing: Filterable = {
  field: () => expect.unreachable('a log was looked at'),
  property: () => expect.unreachable('a log was looked at'),
  text: () => expect.unreachable('a log was looked at'),
};
const ids = Array.from({ length: 20_000 }, () => newId());

const ok: Filter = { field: 'status', equals: 200 };
const failing: Filter = { property: 'environment', equals: 'staging' };

const PROJECT: string = DEFAULT_PROJECT.id;
/** Of evaluators with the rules of their files alone. */
function rulesOf(...evaluators: Evaluator[]): {
  decide: (log: Filterable, id: string) => NewLog['evaluators'];
  explain: (log: Filterable, id: string) => Map<string, RuleVerdict[]>;
} {
  const rules = prepareRules({ evaluators, rules: [] });
  return {
    decide: (one, id) => rules.decide(one, { id, projectId: PROJECT, startedAtMs: 0 }),
    explain: (one, id) => rules.explain(one, { id, projectId: PROJECT, startedAtMs: 0 }),
  };
}

describe('rules', () => {
  it('run everything by default, without looking at the log', () => {
    const rules = rulesOf(evaluator('a', { sampleRate: 1 }), evaluator('b', { sampleRate: 1 }));
    expect(rules.decide(nothing, ids[0]!)).toEqual(['a', 'b']);
  });

  it('give every log its own answer to keep', () => {
    const rules = rulesOf(evaluator('a', { sampleRate: 1 }));
    rules.decide(log, ids[0]!).push('mine');
    expect(rules.decide(log, ids[0]!)).toEqual(['a']);
  });

  it.each([
    { name: 'offline', online: null, verdicts: [] },
    {
      name: 'sampled out',
      online: { sampleRate: 0 },
      verdicts: [
        {
          rule: 'online:no',
          verdict: 'sampled_out',
          clause: null,
          sampling: { place: sampleOf(ids[0]!), property: null, values: null, sampleRate: 0, day: null },
        },
      ],
    },
    {
      name: 'not matched',
      online: { sampleRate: 1, filter: failing },
      verdicts: [{ rule: 'online:no', verdict: 'not_matched', clause: JSON.stringify(failing), sampling: null }],
    },
    {
      name: 'not matched by the second of several conditions',
      online: { sampleRate: 0, filter: { and: [ok, failing] } },
      verdicts: [{ rule: 'online:no', verdict: 'not_matched', clause: JSON.stringify(failing), sampling: null }],
    },
    {
      name: 'not matched by either of two',
      online: { sampleRate: 1, filter: { or: [failing, { not: ok }] } },
      verdicts: [
        {
          rule: 'online:no',
          verdict: 'not_matched',
          clause: JSON.stringify({ or: [failing, { not: ok }] }),
          sampling: null,
        },
      ],
    },
  ])('say why an evaluator does not look at a log: $name', ({ online, verdicts }) => {
    const rules = rulesOf(evaluator('no', online), evaluator('yes', { sampleRate: 1, filter: ok }));
    expect(rules.decide(log, ids[0]!)).toEqual(['yes']);
    expect([...rules.explain(log, ids[0]!)]).toEqual([
      ['no', verdicts],
      ['yes', [{ rule: 'online:yes', verdict: 'taken', clause: null, sampling: null }]],
    ]);
  });

  it('cut a long condition', () => {
    const filter: Filter = { field: 'model', in: Array.from({ length: 500 }, (_, index) => `model-${index}`) };
    const verdicts = rulesOf(evaluator('a', { sampleRate: 1, filter })).explain(log, ids[0]!);
    expect(verdicts.get('a')![0]!.clause).toHaveLength(200);
  });

  it.each([0.01, 0.1, 0.5, 0.9])('take a share of %d of all logs', (sampleRate) => {
    const rules = rulesOf(evaluator('a', { sampleRate }));
    const taken = ids.filter((id) => rules.decide(log, id).length > 0).length / ids.length;
    // Five standard deviations of a share of 20,000.
    expect(Math.abs(taken - sampleRate)).toBeLessThan(5 * Math.sqrt((sampleRate * (1 - sampleRate)) / ids.length));
  });

  it('take the smaller sample from the larger one', () => {
    const rates = [0.8, 0.3, 0.05];
    const rules = rulesOf(...rates.map((sampleRate) => evaluator(String(sampleRate), { sampleRate })));
    for (const id of ids) {
      const run = rules.decide(log, id).map((job) => (typeof job === 'string' ? job : job.name));
      expect(run).toEqual(rates.map(String).slice(0, run.length));
    }
  });

  it('decide the same for the same log every time', () => {
    expect(ids.slice(0, 100).map(sampleOf)).toEqual(ids.slice(0, 100).map(sampleOf));
    expect(sampleOf('0190b6f0-0000-7000-8000-000000000001')).toBe(0.8898502029911218);
  });

  it('spread the samples from 0 to 1', () => {
    const samples = ids.map(sampleOf);
    expect(Math.min(...samples)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...samples)).toBeLessThan(1);
    expect(new Set(samples).size).toBe(ids.length);
  });
});

describe('rules that were put', () => {
  const OTHER = newId();
  const put = (
    name: string,
    evaluatorName: string,
    changes: Partial<RuleSpec> = {},
    projectId: string | null = PROJECT,
  ): Rule => ({
    projectId,
    managedBy: projectId === null ? 'config' : 'api',
    spec: ruleSpecSchema.parse({ name, evaluator: evaluatorName, ...changes }),
  });
  const decide = (evaluators: Evaluator[], rules: Rule[], projectId = PROJECT, id = ids[0]!): string[] =>
    namesOf(prepareRules({ evaluators, rules }).decide(log, { id, projectId, startedAtMs: 0 }));
  const namesOf = (jobs: NewLog['evaluators']): string[] =>
    jobs.map((job) => (typeof job === 'string' ? job : job.name));

  it('make jobs of the newest version there is, which files have no other of', () => {
    const own = newEvaluator('b', { projectId: PROJECT, managedBy: 'api', version: '3', online: { sampleRate: 1 } });
    const evaluators = [evaluator('a', { sampleRate: 1 }), own];
    const decided = { id: ids[0]!, projectId: PROJECT, startedAtMs: 0 };
    expect(prepareRules({ evaluators, rules: [] }).decide(log, decided)).toEqual(['a', { name: 'b', version: '3' }]);
    const sampling = [...evaluators, evaluator('c', { sampleRate: 0 })];
    expect(prepareRules({ evaluators: sampling, rules: [] }).decide(log, decided)).toEqual([
      'a',
      { name: 'b', version: '3' },
    ]);
  });

  it('send logs to an evaluator that is offline by itself', () => {
    expect(decide([evaluator('a', null), evaluator('b', null)], [put('r', 'a')])).toEqual(['a']);
  });

  it('hold in their project alone, and those of all projects everywhere', () => {
    const evaluators = [evaluator('a', null), evaluator('b', null)];
    const rules = [put('r', 'a'), put('s', 'b', {}, null)];
    expect(decide(evaluators, rules)).toEqual(['a', 'b']);
    expect(decide(evaluators, rules, OTHER)).toEqual(['b']);
  });

  it('of another project do not reach an evaluator by the same name', () => {
    const evaluators = [newEvaluator('a', { projectId: OTHER, online: null })];
    expect(decide(evaluators, [put('r', 'a')])).toEqual([]);
    expect(decide(evaluators, [put('r', 'a')], OTHER)).toEqual([]);
  });

  it('widen what an evaluator sees, with one job for several that match', () => {
    const own = evaluator('a', { sampleRate: 1, filter: failing });
    expect(decide([own], [])).toEqual([]);
    expect(decide([own], [put('r', 'a', { filter: ok }), put('s', 'a')])).toEqual(['a']);
  });

  it('take the same logs as a rule in a file with the same rate', () => {
    const rules = prepareRules({
      evaluators: [evaluator('own', { sampleRate: 0.2 }), evaluator('put', null)],
      rules: [put('r', 'put', { sampleRate: 0.2 })],
    });
    const taken = ids.map((id) => rules.decide(log, { id, projectId: PROJECT, startedAtMs: 0 }));
    expect(new Set(taken.map((jobs) => namesOf(jobs).join()))).toEqual(new Set(['', 'own,put']));
  });

  it('do nothing while disabled, without their evaluator, or where that needs a target', () => {
    expect(decide([evaluator('a', null)], [put('r', 'a', { enabled: false })])).toEqual([]);
    expect(decide([evaluator('a', null)], [put('r', 'gone')])).toEqual([]);
    expect(decide([newEvaluator('a', { online: null, needsTarget: true })], [put('r', 'a')])).toEqual([]);
  });

  it('say each for itself why', () => {
    const rules = [put('other', 'a', { filter: failing }), put('paused', 'a', { enabled: false }), put('yes', 'a')];
    const verdicts = prepareRules({ evaluators: [evaluator('a', { sampleRate: 0 })], rules }).explain(log, {
      id: ids[0]!,
      projectId: PROJECT,
      startedAtMs: 0,
    });
    expect(verdicts.get('a')!.map(({ rule, verdict }) => [rule, verdict])).toEqual([
      ['online:a', 'sampled_out'],
      ['other', 'not_matched'],
      ['paused', 'disabled'],
      ['yes', 'taken'],
    ]);
  });

  it('have a budget pay for what no rule without one takes as well', () => {
    const budget = { perDayUsd: 1 };
    const rules = [
      put('dear', 'a', { budget, sampleRate: 0.5 }),
      put('all', 'a', { filter: failing }),
      put('some', 'a', { sampleRate: 0.2 }),
    ];
    const prepared = prepareRules({ evaluators: [evaluator('a', null)], rules });
    const payers = ids.slice(0, 500).map((id) => {
      const [job] = prepared.decide(log, { id, projectId: PROJECT, startedAtMs: 0 });
      const sample = sampleOf(id);
      const paidBy = (job as NewJob | undefined)?.paidBy;
      expect([job === undefined, paidBy]).toEqual([sample >= 0.5, sample >= 0.2 && sample < 0.5 ? 'dear' : undefined]);
      return paidBy;
    });
    expect(new Set(payers)).toEqual(new Set([undefined, 'dear']));
  });
});
