import { describe, expect, it } from 'vitest';
import { logWith } from '../evaluators/log-with.ts';
import { outcomesOn, started } from './evaluator-folder.ts';

const log = logWith({
  input: [
    { role: 'system', text: 'Be brief.' },
    { role: 'user', text: 'first' },
    { role: 'assistant', text: 'yes?' },
    { role: 'user', text: 'question' },
  ],
  output: { text: 'answer', reasoning: null, refusal: null },
});

const scorers: { name: string; source: string; outcome: object }[] = [
  {
    name: 'of autoevals’ shape',
    source:
      'export default ({ input, output, expected }) => ({ name: "Other", score: input === "question" && output === "answer" && expected === undefined ? 1 : 0, metadata: { rationale: "so" } });',
    outcome: { outcome: 'scored', scores: [{ name: 'scorer', value: 1, reason: 'so' }] },
  },
  {
    name: 'that is async',
    source:
      'export default async function ({ output }) { await null; return { name: "x", score: output.length / 10 }; }',
    outcome: { outcome: 'scored', scores: [{ name: 'scorer', value: 0.6, reason: null }] },
  },
  {
    name: 'that returns a number',
    source: 'export default ({ log }) => log.input.length;',
    outcome: { scores: [{ name: 'scorer', value: 4 }] },
  },
  { name: 'that returns true', source: 'export default () => true;', outcome: { scores: [{ value: 1 }] } },
  {
    name: 'that returns a score of false',
    source: 'export default () => ({ score: false });',
    outcome: { scores: [{ value: 0 }] },
  },
  { name: 'that returns null', source: 'export default () => null;', outcome: { outcome: 'abstained' } },
  {
    name: 'that returns a score of null',
    source: 'export default () => ({ name: "x", score: null });',
    outcome: { outcome: 'abstained' },
  },
  {
    name: 'that returns several',
    source:
      'export default () => [{ name: "a", score: 1 }, { name: "__proto__", score: 0, metadata: { rationale: "r" } }];',
    outcome: {
      scores: [
        { name: 'scorer:a', value: 1 },
        { name: 'scorer:__proto__', value: 0, reason: 'r' },
      ],
    },
  },
  {
    name: 'that reports an error with a score of 0',
    source: 'export default () => ({ name: "x", score: 0, error: "no embedding" });',
    outcome: { outcome: 'failed', code: 'threw', message: expect.stringMatching(/no embedding/) },
  },
  {
    name: 'whose metadata is cyclic',
    source:
      'export default () => { const metadata = {}; metadata.self = metadata; return { name: "x", score: 1, metadata }; };',
    outcome: { scores: [{ value: 1, reason: null }] },
  },
  {
    name: 'that returns several of one name',
    source: 'export default () => [{ name: "a", score: 1 }, { name: "a", score: 0 }];',
    outcome: { outcome: 'failed', code: 'threw', message: expect.stringMatching(/same name/) },
  },
  {
    name: 'that returns a text',
    source: 'export default () => "good";',
    outcome: { outcome: 'failed', code: 'invalid_result', message: expect.stringMatching(/expected a finite number/) },
  },
  {
    name: 'that is a class',
    source: 'export default class Thing {}',
    outcome: { outcome: 'failed', code: 'threw' },
  },
];

describe('a file whose default export is a function', () => {
  it.each(scorers)('is a scorer $name', async ({ source, outcome }) => {
    const evaluators = await started({ 'scorer.js': source });
    expect(evaluators.list).toMatchObject([{ name: 'scorer', returns: 'number' }]);
    expect(await outcomesOn(evaluators, log)).toMatchObject({ scorer: outcome });
  });

  it('sees the target of a datapoint', async () => {
    const evaluators = await started({
      'exact.js':
        'export default ({ output, expected, metadata }) => ({ score: output === expected && metadata.a === 1 });',
    });
    const datapoint = { input: 'question', target: 'answer', metadata: { a: 1 } };
    const [answer] = await evaluators.evaluate([{ id: '1', subject: log, datapoint, evaluators: ['exact'] }]);
    expect(answer).toMatchObject({ outcome: { scores: [{ value: 1 }] } });
  });

  it('is made an offline one with fromScorer', async () => {
    const evaluators = await started({
      'later.ts': `import { defineEvaluator, fromScorer } from 'gradeway';
        export default defineEvaluator({ returns: 'number', online: false, evaluate: fromScorer(({ output }: { output: string }) => ({ score: output.length })) });`,
    });
    expect(evaluators.list).toMatchObject([{ online: null }]);
    expect(await outcomesOn(evaluators, log)).toMatchObject({ later: { scores: [{ value: 6 }] } });
  });
});

describe('a log whose bodies were not stored', () => {
  const files = {
    'reads-input.js': 'export default { returns: "boolean", evaluate: (log) => log.input.length > 0 };',
    'reads-output.js': 'export default { returns: "boolean", evaluate: (log) => log.output.text !== "" };',
    'swallows.js':
      'export default { returns: "boolean", evaluate(log) { try { return log.responseBody !== null } catch { return true } } };',
    'reads-neither.js': 'export default { returns: "number", evaluate: (log) => log.durationMs };',
    'scorer.js': 'export default ({ output }) => output.length;',
  };

  it('is skipped by those that read what is missing, and by no others', async () => {
    const evaluators = await started(files);
    const outcomes = await outcomesOn(evaluators, { ...log, responseOmitted: true });
    const reason = expect.stringMatching(/^The client asked that the response body be not stored/);
    expect(outcomes).toMatchObject({
      'reads-input': { outcome: 'scored' },
      'reads-output': { outcome: 'skipped', reason },
      swallows: { outcome: 'skipped', reason },
      'reads-neither': { outcome: 'scored' },
      scorer: { outcome: 'skipped', reason },
    });
    expect(await outcomesOn(evaluators, { ...log, requestOmitted: true })).toMatchObject({
      'reads-input': { outcome: 'skipped' },
      scorer: { outcome: 'scored' },
    });
  });
});

describe('scorers of the autoevals package', () => {
  const AUTOEVALS = JSON.stringify(import.meta.resolve('autoevals'));

  it('work as they are', async () => {
    const evaluators = await started({
      'valid-json.ts': `export { ValidJSON as default } from ${AUTOEVALS};`,
      'close-to-answer.ts': `import { Levenshtein } from ${AUTOEVALS};
export default ({ output }) => Levenshtein({ output, expected: 'answers' });`,
    });
    expect(evaluators.problems).toEqual([]);
    expect(await outcomesOn(evaluators, log)).toMatchObject({
      'valid-json': { outcome: 'scored', scores: [{ name: 'valid-json', value: 0 }] },
      'close-to-answer': { outcome: 'scored', scores: [{ name: 'close-to-answer', value: expect.closeTo(6 / 7) }] },
    });
  });
});
