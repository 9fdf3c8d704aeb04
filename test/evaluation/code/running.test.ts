import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { CodeRunner } from '../../../src/evaluation/kinds/code/runner.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { logWith } from '../../evaluators/log-with.ts';
import { code, outcomes, outcomesOfAll, resultsOf, runnable } from './code-evaluators.ts';

type Language = 'javascript' | 'python';
interface Case {
  name: string;
  language: Language;
  source: string;
  returns?: 'boolean' | 'number' | 'category';
  more?: Record<string, unknown>;
  want: Partial<Record<string, unknown>>;
}

const js = (name: string, source: string, want: Case['want'], more: Partial<Case> = {}): Case => ({
  name,
  language: 'javascript',
  source,
  want,
  ...more,
});
const py = (name: string, source: string, want: Case['want'], more: Partial<Case> = {}): Case => ({
  name,
  language: 'python',
  source,
  want,
  ...more,
});
const scored = (value: unknown, reason: string | null = null): Case['want'] => ({
  outcome: 'scored',
  scores: [expect.objectContaining({ value, reason })],
});
const failed = (c: string, message: RegExp): Case['want'] => ({
  outcome: 'failed',
  code: c,
  message: expect.stringMatching(message) as unknown,
});
const number = { returns: 'number' } as const;

const CASES: Case[] = [
  js(
    'gives JavaScript our log',
    'export default (log) => log.output.text === "Paris." && log.costUsd > 0',
    scored(true),
  ),
  js(
    'waits for what settles',
    'export default async (log) => { await null; return { value: false, reason: "so" } }',
    scored(false, 'so'),
  ),
  js(
    'keeps what JavaScript prints',
    'export default () => { console.log("a", 1, { b: 2 }); console.error("c"); return true }',
    { ...scored(true), printed: 'a 1 {"b":2}\nc\n' },
  ),
  js(
    'names the line of an error in JavaScript',
    'export default (log) => {\n\n  return log.x.y;\n}',
    failed('threw', /^TypeError: .*\(line 3\)$/),
  ),
  js(
    'names the line of a syntax error in JavaScript',
    'export default () => {\n  x y\n}',
    failed('not_loaded', /^SyntaxError: .*\(line 2, column 5\)$/),
  ),
  js('says what a file without a function lacks', 'export default 5', failed('not_loaded', /export default \(log\)/)),
  js('abstains by null', 'export default () => null', { outcome: 'abstained' }),
  js('abstains by nothing', 'export default () => {}', { outcome: 'abstained' }),
  js('says that there are no timers', 'export default () => new Promise(() => {})', failed('threw', /never comes/)),
  js('takes no NaN', 'export default () => NaN', failed('invalid_result', /NaN/), number),
  js('takes no function', 'export default () => () => 1', failed('invalid_result', /a function/), number),
  js(
    'takes no cycle',
    'export default () => { const a = {}; a.a = a; return a }',
    failed('invalid_result', /circular/),
    number,
  ),
  js(
    'takes no value of another kind',
    'export default () => "5"',
    failed('invalid_result', /expected a finite number/),
    number,
  ),
  js('takes nothing off the scale', 'export default () => 7', failed('invalid_result', /from 0 to 5/), {
    ...number,
    more: { range: { min: 0, max: 5 } },
  }),
  py(
    'gives Python the names of Humanloop',
    'def check(log):\n  return log["output"] == "Paris." and log["messages"][0]["content"].endswith("?") and log["provider_latency"] == 0.64',
    scored(true),
  ),
  py(
    'calls the last function whatever its name',
    'def a(log):\n  return False\ndef b(log):\n  return a(log) or True',
    scored(true),
  ),
  py(
    'calls a function of two with the datapoint',
    'def evaluate(log, datapoint):\n  return datapoint is None',
    scored(true),
  ),
  py('calls a lambda', 'f = lambda log: True', scored(true)),
  py(
    'has the standard library',
    'import json, re, math, statistics, datetime, random, difflib, collections\ndef e(log):\n  return statistics.mean([json.loads("1"), math.floor(2.5), len(re.findall("a", "aaa"))])',
    scored(2),
    number,
  ),
  py(
    'keeps what Python prints',
    'import sys\ndef e(log):\n  print("a", 1)\n  print("b", file=sys.stderr)\n  return True',
    { ...scored(true), printed: 'a 1\nb\n' },
  ),
  py(
    'names the line of an error in Python',
    'def e(log):\n\n  return log["x"]',
    failed('threw', /^KeyError: 'x' \(line 3\)$/),
  ),
  py(
    'names the line of a syntax error in Python',
    'def e(log):\n  return 1 1',
    failed('not_loaded', /^SyntaxError: .*\(line 2, column 12\)$/),
  ),
  py('says what a source without a function lacks', 'x = 5', failed('not_loaded', /def evaluate\(log\)/)),
  py('abstains by None', 'def e(log): pass', { outcome: 'abstained' }),
  py('takes no nan of Python', 'def e(log): return float("nan")', failed('invalid_result', /nan/), number),
  py('takes no set', 'def e(log): return {1, 2}', failed('invalid_result', /set/), number),
];

describe('code', () => {
  const got: Outcome[] = [];
  beforeAll(async () => {
    const all = CASES.map(({ language, source, returns = 'boolean', more }, index) =>
      code(language, source, { returns, ...more, name: `e${index}` }),
    );
    got.push(...(await outcomesOfAll(all)));
  });

  it.each(CASES.map((one, index) => ({ ...one, index })))('$name', ({ want, index }) => {
    expect(got[index]).toMatchObject(want);
  });

  it.each([
    ['javascript', 'export default (log) => log.output.text === ""'],
    ['python', 'def e(log): return log["output"] == ""'],
  ] as const)('skips in %s what looks at a body that was not to be stored', async (language, source) => {
    const logs = [logWith({ responseOmitted: true }), logWith()];
    const [omitted, stored] = await outcomes(code(language, source), logs);
    expect(omitted).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('not stored') as unknown });
    expect(stored).toMatchObject(scored(false));
  });

  it('answers each of many logs with its own', async () => {
    const logs = Array.from({ length: 150 }, (_, index) => logWith({ durationMs: index * 1000 }));
    for (const definition of [
      code('python', 'def e(log): return log["provider_latency"]', number),
      code('javascript', 'export default (log) => log.durationMs / 1000', number),
    ]) {
      const values = (await outcomes(definition, logs)).map((one) => one.outcome === 'scored' && one.scores[0]!.value);
      expect(values).toEqual(logs.map((_, index) => index));
    }
  });

  it('fails the log that hangs and no other of its batch', async () => {
    const logs = [0, 1, 2].map((durationMs) => logWith({ durationMs }));
    for (const definition of [
      code('python', 'def e(log):\n  while log["provider_latency"] == 0.001: pass\n  return True', { deadlineMs: 300 }),
      code('javascript', 'export default (log) => { while (log.durationMs === 1); return true }', { deadlineMs: 300 }),
    ])
      expect((await outcomes(definition, logs)).map(shortly)).toEqual(['scored', 'timeout', 'scored']);
  });

  it('does not make others wait for one that always hangs, and stops running it', async () => {
    const runner = new CodeRunner();
    onTestFinished(() => runner.close());
    const hangs = runnable(code('python', 'def e(log):\n  while True: pass', { name: 'hangs', deadlineMs: 400 }));
    const honest = runnable(code('python', 'def e(log): return True', { name: 'honest' }));
    const many = Array.from({ length: 100 }, () => ({ runnable: hangs, subject: logWith() }));
    const order: string[] = [];
    const hanging = resultsOf(runner, many).finally(() => order.push('hangs'));
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (let time = 0; time < 3; time += 1) {
      const results = await resultsOf(runner, [{ runnable: honest, subject: logWith() }]);
      expect(results).toMatchObject([{ outcome: { outcome: 'scored' } }]);
    }
    order.push('honest');
    const results = await hanging;
    expect(order).toEqual(['honest', 'hangs']);
    const ran = results.filter(({ retryAtMs }) => retryAtMs === undefined);
    expect(ran.length).toBeGreaterThanOrEqual(5);
    expect(ran.length).toBeLessThan(10);
    for (const { outcome } of ran) expect(outcome).toMatchObject({ outcome: 'failed', code: 'timeout' });
    expect(results.at(-1)).toMatchObject({
      outcome: {
        outcome: 'skipped',
        reason: expect.stringMatching(/^Not run yet: it hung or crashed 5 times/) as unknown,
      },
    });
  }, 30_000);

  it('rejects with draining what is not over when it is closed', async () => {
    const runner = new CodeRunner();
    const hangs = runnable(code('python', 'def e(log):\n  while True: pass', { deadlineMs: 20_000 }));
    const ended = runner
      .run([{ runnable: hangs, subject: logWith() }], () => {})
      .then(
        () => 'answered',
        (error: unknown) => (error as { code: string }).code,
      );
    await new Promise((resolve) => setTimeout(resolve, 300));
    await runner.close();
    expect(await ended).toBe('draining');
  });
});

function shortly(outcome: Outcome): string {
  return outcome.outcome === 'failed' ? outcome.code : outcome.outcome;
}
