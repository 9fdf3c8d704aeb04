/** What a composite comes to, step by step. */
import { describe, expect, it } from 'vitest';
import type { CompositeSettings, ContinueIf } from '../../../src/model/definition.ts';
import { logWith } from '../../evaluators/log-with.ts';
import { compositeDefinition } from '../../fixtures/definition.ts';
import { evaluating } from '../evaluator-folder.ts';
import { composing, defined, judge, triage } from './composites.ts';

const FILES = {
  'half.mjs': evaluating('console.log("looked"); return { value: 0.5, reason: "so so" }', 'number'),
  'many.mjs': evaluating('return { scores: { a: 1, b: 0 } }', 'number'),
  'yes.mjs': evaluating('return true'),
  'no.mjs': evaluating('return false'),
  'silent.mjs': evaluating('return null', 'number'),
  'broken.mjs': evaluating('throw new Error("out of order")', 'number'),
};
const request = { id: '1', subject: logWith(), evaluators: ['triage'] };

/** The names of the scores that it gave, or what else it came to. */
async function stepsTaken(evaluator: string, continueIf: ContinueIf | undefined): Promise<string> {
  const parts = await composing([], { ...FILES, 'next.mjs': evaluating('return 1', 'number') });
  const steps = [{ evaluator, ...(continueIf && { continueIf }) }, { evaluator: 'next' }];
  const outcome = await triage(parts, steps);
  if (outcome.outcome !== 'scored') return outcome.outcome;
  return outcome.scores.some(({ name }) => name === 'triage:next') ? 'goes on' : 'stops';
}

describe('a composite', () => {
  it('goes from a cheap check to a small judge to a large one, and shows what each said and what all cost', async () => {
    const parts = await composing([judge('small', '0.4'), judge('large', '0.9')], FILES);
    const outcome = await triage(parts, [
      { evaluator: 'yes', continueIf: { equals: true } },
      { evaluator: 'small', continueIf: { gt: 0.3, lt: 0.7 } },
      { evaluator: 'large' },
    ]);
    expect(outcome).toMatchObject({
      outcome: 'scored',
      scores: [
        { name: 'triage', value: 0.9, reason: 'Step 3 of 3, large (version 1): Heard.' },
        { name: 'triage:yes', value: true, reason: null },
        { name: 'triage:small', value: 0.4, reason: 'Heard.' },
        { name: 'triage:large', value: 0.9, reason: 'Heard.' },
      ],
    });
    expect(parts.asked).toEqual(['says 0.4', 'says 0.9']);
    // gpt-4o: 2.5 dollars a million in, 10 out.
    expect(outcome.costUsd).toBeCloseTo(2 * (100 * 2.5e-6 + 10 * 10e-6), 10);
    expect(outcome.rendered).toMatch(/^\[small\]\n[^]*\[large\]\n/);
  });

  it('stops where a condition does not hold, and nothing behind it is asked', async () => {
    const parts = await composing([judge('small', '0.2'), judge('large', '0.9')], FILES);
    const steps = [
      { evaluator: 'half', continueIf: { gte: 0.5 } },
      { evaluator: 'small', continueIf: { gte: 0.3 } },
      { evaluator: 'large' },
    ];
    expect(await triage(parts, steps)).toMatchObject({
      scores: [
        { name: 'triage', value: 0.2, reason: 'Step 2 of 3, small (version 1): Heard.' },
        { name: 'triage:half', value: 0.5 },
        { name: 'triage:small', value: 0.2 },
      ],
      printed: '[half]\nlooked\n',
    });
    expect(parts.asked).toEqual(['says 0.2']);
  });

  it('has a boolean count as 0 or 1 where it returns a number', async () => {
    const parts = await composing([judge('small', '0.2')], FILES);
    const outcome = await triage(parts, [{ evaluator: 'no', continueIf: { equals: true } }, { evaluator: 'small' }]);
    expect(outcome).toMatchObject({
      scores: [
        { name: 'triage', value: 0 },
        { name: 'triage:no', value: false },
      ],
    });
    expect(parts.asked).toEqual([]);
    expect(outcome).not.toHaveProperty('costUsd');
  });

  it.each<[string, ContinueIf | undefined, string]>([
    ['yes', undefined, 'goes on'],
    ['silent', undefined, 'goes on'],
    ['broken', undefined, 'failed'],
    ['yes', { equals: true }, 'goes on'],
    ['no', { equals: true }, 'stops'],
    ['half', { in: [0.5, 1] }, 'goes on'],
    ['half', { gt: 0.5 }, 'stops'],
    ['half', { gte: 0.5, lt: 0.6 }, 'goes on'],
    ['half', { lte: 0.4 }, 'stops'],
    ['silent', { gte: 0 }, 'abstained'],
    ['silent', { outcome: ['abstained'] }, 'goes on'],
    ['silent', { outcome: ['scored', 'abstained'], gte: 0.9 }, 'goes on'],
    ['half', { outcome: ['scored', 'abstained'], gte: 0.9 }, 'stops'],
    ['half', { outcome: ['abstained'] }, 'stops'],
    ['broken', { gte: 0 }, 'failed'],
    ['broken', { outcome: ['failed'] }, 'goes on'],
    ['many', { score: 'a', gte: 1 }, 'goes on'],
    ['many', { score: 'b', gte: 1 }, 'failed'],
  ])('after %s, on %j: %s', async (evaluator, continueIf, expected) => {
    expect(await stepsTaken(evaluator, continueIf)).toBe(expected);
  });

  it('says what went before where its last step abstains or fails', async () => {
    const parts = await composing([], FILES);
    const after = (evaluator: string): CompositeSettings['steps'] => [{ evaluator: 'yes' }, { evaluator }];
    expect(await triage(parts, after('silent'))).toMatchObject({
      outcome: 'abstained',
      reason: expect.stringMatching(/^Step 2 of 2, silent \(version \w+\), abstained\. Before: yes gave true\.$/),
    });
    expect(await triage(parts, after('broken'))).toMatchObject({
      outcome: 'failed',
      code: 'threw',
      message: expect.stringMatching(/^Step 2 of 2, broken \(version \w+\), failed: .*out of order/),
    });
    expect(await triage(parts, after('many'))).toMatchObject({ outcome: 'failed', code: 'invalid_result' });
  });

  it('fails where its step leaves its scale', async () => {
    const parts = await composing([], { 'ten.mjs': evaluating('return 10', 'number') });
    expect(await triage(parts, [{ evaluator: 'ten' }], { range: { min: 0, max: 1 } })).toMatchObject({
      outcome: 'failed',
      code: 'invalid_result',
      message: expect.stringContaining('is 10; expected a number from 0 to 1'),
    });
  });

  it('ends when its time is up, before the next step', async () => {
    const parts = await composing([judge('large', '1')], {
      'slow.mjs': `export default { returns: 'number', evaluate: () => new Promise((go) => setTimeout(() => go(1), 60)) };`,
    });
    const steps = [{ evaluator: 'slow' }, { evaluator: 'large' }];
    expect(await triage(parts, steps, { deadlineMs: 20 })).toMatchObject({
      outcome: 'failed',
      code: 'timeout',
      retryable: true,
      message: expect.stringMatching(/more than 20 ms were over.*Before: slow gave 1\./),
    });
    expect(parts.asked).toEqual([]);
  });

  it('comes back when a provider asked to be left alone', async () => {
    const parts = await composing([judge('small', '0.4'), compositeDefinition([{ evaluator: 'small' }])]);
    parts.answers.set('says 0.4', [{ status: 429, headers: { 'retry-after': '30' }, body: Buffer.from('{}') }]);
    const [paused] = await parts.evaluators.evaluate([request]);
    expect(paused).toMatchObject({ outcome: { outcome: 'failed', code: 'provider_rate_limited' } });
    expect(paused!.retryAtMs! - Date.now()).toBeGreaterThan(25_000);
    const [again] = await parts.evaluators.evaluate([request]);
    expect(again!.retryAtMs).toBe(paused!.retryAtMs);
    expect(parts.asked).toEqual(['says 0.4']);
  });

  it('takes no step twice when a later one is tried again', async () => {
    const steps = [{ evaluator: 'small' }, { evaluator: 'large' }];
    const parts = await composing([judge('small', '0.4'), judge('large', '0.9'), compositeDefinition(steps)]);
    const broken = { status: 500, headers: {}, body: Buffer.from('{}') };
    parts.answers.set('says 0.9', [broken, broken]);
    const outcomes = [];
    for (let times = 0; times < 4; times += 1)
      outcomes.push((await parts.evaluators.evaluate([request]))[0]!.outcome.outcome);
    expect(outcomes).toEqual(['failed', 'failed', 'scored', 'scored']);
    const [small, large] = ['says 0.4', 'says 0.9'];
    expect(parts.asked).toEqual([small, large, large, large, small, large]);
  });

  it('goes round in no circle that came about later', async () => {
    const round = compositeDefinition([{ evaluator: 'other' }]);
    const other = compositeDefinition([{ evaluator: 'triage' }], { name: 'other' });
    const { evaluators } = await composing([round, other]);
    const [one] = await evaluators.evaluate([request]);
    expect(one!.outcome).toMatchObject({
      outcome: 'failed',
      code: 'not_loaded',
      message: expect.stringContaining('triage -> other -> triage'),
    });
  });

  it('holds other composites, and goes on with steps that were deleted since', async () => {
    const inner = compositeDefinition([{ evaluator: 'yes' }, { evaluator: 'small' }], { name: 'inner' });
    const { evaluators } = await composing([], FILES);
    evaluators.useDefinitions([
      defined(compositeDefinition([{ evaluator: 'inner' }])),
      defined(inner, { deleted: { atMs: 2, waiting: 'finish' } }),
      defined(judge('small', '0.4')),
    ]);
    const [one] = await evaluators.evaluate([request]);
    expect(one!.outcome).toMatchObject({
      scores: [
        { name: 'triage', value: 0.4 },
        { name: 'triage:inner', value: 0.4 },
        { name: 'triage:inner:yes', value: true },
        { name: 'triage:inner:small', value: 0.4 },
      ],
    });
  });

  it('asks evaluators that take many logs for many at once', async () => {
    const { evaluators } = await composing([compositeDefinition([{ evaluator: 'half' }])], FILES);
    const requests = Array.from({ length: 300 }, (_, index) => ({
      id: String(index),
      subject: logWith({ id: `log-${index}` }),
      evaluators: ['triage'],
    }));
    const answers = await evaluators.evaluate(requests);
    expect(answers.map(({ id, outcome }) => [id, outcome.outcome])).toEqual(requests.map(({ id }) => [id, 'scored']));
  });
});
