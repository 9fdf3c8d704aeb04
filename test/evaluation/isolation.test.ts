import { describe, expect, it } from 'vitest';
import { logWith } from '../evaluators/log-with.ts';
import { evaluating, evaluatingAsync, outcomesOn, started } from './evaluator-folder.ts';

const requests = (count: number, evaluators: string[]) =>
  Array.from({ length: count }, (_, index) => ({
    id: String(index),
    subject: logWith({ id: String(index), durationMs: index }),
    evaluators,
  }));

describe('a batch', () => {
  it('answers every evaluation in the order it was asked', async () => {
    const evaluators = await started({
      'sync.js': 'export default { returns: "number", evaluate: (log) => log.durationMs };',
      'async.js':
        'export default { returns: "number", async evaluate(log) { await new Promise((r) => setTimeout(r, log.durationMs % 3)); return log.durationMs; } };',
    });
    const answers = await evaluators.evaluate(requests(200, ['sync', 'async']));
    expect(answers.map(({ id, evaluator }) => `${id} ${evaluator}`)).toEqual(
      Array.from({ length: 400 }, (_, index) => `${index >> 1} ${index % 2 === 0 ? 'sync' : 'async'}`),
    );
    expect(
      answers.every(({ id, outcome }) => outcome.outcome === 'scored' && outcome.scores[0]!.value === Number(id)),
    ).toBe(true);
  });

  it('fails exactly the log that hangs', async () => {
    const evaluators = await started({
      'one.js': evaluating('if (log.durationMs === 7) for (;;); return true', 'boolean', 'deadlineMs: 200,'),
      'two.js': evaluatingAsync('await null; if (log.durationMs === 5) for (;;); return true', 'deadlineMs: 200,'),
      'three.js': evaluatingAsync('await null; if (log.durationMs === 3) process.exit(1); return true'),
    });
    const answers = await evaluators.evaluate(requests(12, ['one', 'two', 'three']));
    const failed = answers.filter(({ outcome }) => outcome.outcome !== 'scored');
    expect(
      failed.map(({ id, evaluator, outcome }) => [id, evaluator, outcome.outcome === 'failed' && outcome.code]),
    ).toEqual([
      ['3', 'three', 'crashed'],
      ['5', 'two', 'timeout'],
      ['7', 'one', 'timeout'],
    ]);
  });

  it('has all others done after the first deadline of one that always hangs', async () => {
    const evaluators = await started({
      'a.js': evaluating('return true'),
      'hangs.js': evaluating('for (;;);', 'boolean', 'deadlineMs: 200,'),
      'z.js': evaluatingAsync('await null; return true'),
    });
    const order: string[] = [];
    await evaluators.evaluate(requests(8, ['a', 'hangs', 'z']), ({ evaluator }) => order.push(evaluator));
    expect(order).toHaveLength(24);
    const secondHang = order.indexOf('hangs', order.indexOf('hangs') + 1);
    expect(order.slice(0, secondHang).filter((name) => name !== 'hangs')).toHaveLength(16);
  });

  it('survives what an evaluator left running', async () => {
    const evaluators = await started({
      'bomb.js': evaluating('setTimeout(() => process.exit(9), 30); return true'),
      'slow.js': evaluatingAsync('await new Promise((r) => setTimeout(r, 100)); return true'),
    });
    const outcomes = await outcomesOn(evaluators);
    expect(outcomes).toMatchObject({ bomb: { outcome: 'scored' }, slow: { outcome: 'scored' } });
  });

  it('says of an unknown evaluator that it is not loaded', async () => {
    const evaluators = await started({ 'a.js': evaluating('return true') });
    const answers = await evaluators.evaluate([{ id: '1', subject: logWith(), evaluators: ['a', 'gone'] }]);
    expect(answers).toMatchObject([
      { evaluator: 'a', outcome: { outcome: 'scored' } },
      { evaluator: 'gone', version: '', outcome: { outcome: 'failed', code: 'not_loaded', retryable: false } },
    ]);
  });

  it('skips a log that cannot be written as JSON, and no other', async () => {
    const evaluators = await started({ 'a.js': evaluating('return true') });
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const answers = await evaluators.evaluate([
      { id: '1', subject: logWith({ requestBody: cyclic }), evaluators: ['a'] },
      { id: '2', subject: logWith(), evaluators: ['a'] },
    ]);
    expect(answers).toMatchObject([
      { outcome: { outcome: 'skipped', reason: expect.stringMatching(/cannot be written as JSON/) } },
      { outcome: { outcome: 'scored' } },
    ]);
  });

  it('takes a log whose body is nested 100,000 deep', async () => {
    const evaluators = await started({ 'a.js': evaluating('return Array.isArray(log.requestBody)') });
    let nested: unknown[] = [];
    for (let depth = 0; depth < 100_000; depth += 1) nested = [nested];
    expect(await outcomesOn(evaluators, logWith({ requestBody: nested }))).toMatchObject({ a: { outcome: 'scored' } });
  });

  it('goes on when an evaluator closes the output', async () => {
    const evaluators = await started({
      'close.js': `import { closeSync } from 'node:fs'; ${evaluating("closeSync(1); closeSync(2); console.log('x'); return true")}`,
      'print.js': evaluating("console.log('still here'); return true"),
    });
    expect(await outcomesOn(evaluators)).toMatchObject({
      close: { outcome: 'scored' },
      print: { outcome: 'scored', printed: 'still here\n' },
    });
  });

  it('goes on with fresh children as often as the old ones are used up', async () => {
    const evaluators = await started(
      { 'pid.js': 'export default { returns: "category", evaluate: () => String(process.pid) };' },
      { recycleAfter: 3 },
    );
    const pids = new Set<unknown>();
    for (let round = 0; round < 6; round += 1) {
      const { pid } = await outcomesOn(evaluators);
      pids.add(pid?.outcome === 'scored' && pid.scores[0]!.value);
    }
    expect(pids.size).toBe(2);
  });

  it('takes several at a time', async () => {
    const evaluators = await started({
      'slow.js': evaluatingAsync('await new Promise((r) => setTimeout(r, 20)); return true'),
    });
    const batches = await Promise.all(Array.from({ length: 6 }, () => evaluators.evaluate(requests(20, ['slow']))));
    expect(batches.flat().filter(({ outcome }) => outcome.outcome === 'scored')).toHaveLength(120);
  });

  it('is refused with draining when the evaluators are closed meanwhile', async () => {
    const evaluators = await started({ 'slow.js': evaluating('return new Promise(() => {})') });
    const [, refused] = await Promise.allSettled([
      new Promise((resolve) => setTimeout(resolve, 50)).then(() => evaluators.close()),
      outcomesOn(evaluators),
    ]);
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'draining' } });
    await expect(outcomesOn(evaluators)).rejects.toMatchObject({ code: 'draining' });
  });
});

describe('an evaluator that always hangs', () => {
  it('rests after five times in a row, and the others go on', async () => {
    const evaluators = await started({
      'good.js': evaluating('return true'),
      'hang.js': evaluating('for (;;);', 'boolean', 'deadlineMs: 60,'),
    });
    const answers = await evaluators.evaluate(requests(40, ['good', 'hang']));
    const of = (name: string) => answers.filter(({ evaluator }) => evaluator === name).map(({ outcome }) => outcome);
    expect(of('good').every(({ outcome }) => outcome === 'scored')).toBe(true);
    const ran = of('hang').filter((outcome) => outcome.outcome === 'failed' && outcome.code === 'timeout');
    const resting = answers.filter(
      ({ outcome, retryAtMs }) =>
        outcome.outcome === 'skipped' && /rests until/.test(outcome.reason) && retryAtMs! > Date.now(),
    );
    expect([ran.length, resting.length]).toEqual([5, 35]);
  });
});

describe('an evaluator that always waits for something that does not come', () => {
  it('is put off after some deadlines, and keeps no place from the others', async () => {
    const evaluators = await started({
      'good.js': evaluatingAsync('await null; return true'),
      'waits.js': evaluating('return new Promise(() => {})', 'boolean', 'deadlineMs: 300,'),
    });
    const order: string[] = [];
    const answers = await evaluators.evaluate(requests(100, ['good', 'waits']), ({ evaluator, outcome }) =>
      order.push(`${evaluator} ${outcome.outcome}`),
    );
    expect(order.lastIndexOf('good scored')).toBeLessThan(order.lastIndexOf('waits failed'));
    const good = answers.filter(({ evaluator }) => evaluator === 'good');
    const waits = answers.filter(({ evaluator }) => evaluator === 'waits');
    expect(good.every(({ outcome }) => outcome.outcome === 'scored')).toBe(true);
    const timeouts = waits.filter(({ outcome }) => outcome.outcome === 'failed' && outcome.code === 'timeout');
    const putOff = waits.filter(({ outcome, retryAtMs }) => outcome.outcome === 'skipped' && retryAtMs !== undefined);
    // 32 wait at a time, and as soon as five of them have cost their deadline no more are begun.
    expect(timeouts.length).toBeGreaterThanOrEqual(5);
    expect(timeouts.length).toBeLessThanOrEqual(40);
    expect(timeouts.length + putOff.length).toBe(100);
  });

  it('is run to the end where it now and then ends otherwise', async () => {
    const evaluators = await started({
      'waits.js': evaluating(
        'return log.durationMs % 4 === 0 ? true : new Promise(() => {})',
        'boolean',
        'deadlineMs: 100,',
      ),
    });
    const answers = await evaluators.evaluate(requests(40, ['waits']));
    const ends = answers.map(({ outcome }) => outcome.outcome);
    expect(ends).toEqual(Array.from({ length: 40 }, (_, index) => (index % 4 === 0 ? 'scored' : 'failed')));
  });
});

describe('what an evaluator prints', () => {
  it('is kept for the evaluation that printed it', async () => {
    const evaluators = await started({
      'all.js': evaluatingAsync(
        "console.log('one', { a: 1 }); console.error('two'); process.stdout.write('three\\n'); process.stderr.write(Buffer.from('four\\n')); await new Promise((r) => setTimeout(r, 10)); console.log('five'); return true",
      ),
      'none.js': evaluating('return true'),
      'other.js': evaluatingAsync("await null; console.log('mine'); return true"),
    });
    const outcomes = await outcomesOn(evaluators);
    expect(outcomes).toMatchObject({
      all: { printed: 'one { a: 1 }\ntwo\nthree\nfour\nfive\n' },
      none: { printed: '' },
      other: { printed: 'mine\n' },
    });
  });

  it.each([
    { name: 'console.log', body: "for (;;) console.log('again and again');" },
    { name: 'console.error', body: "for (;;) console.error('again and again');" },
    { name: 'process.stdout', body: "for (;;) process.stdout.write('again and again ');" },
  ])('is cut at 64 kB when it never ends: $name', async ({ body }) => {
    const evaluators = await started({
      'loud.js': evaluating(body, 'boolean', 'deadlineMs: 300,'),
      'good.js': evaluating('return true'),
    });
    const { loud, good } = await outcomesOn(evaluators);
    expect(loud).toMatchObject({ outcome: 'failed', code: 'timeout' });
    expect(loud!.printed).toHaveLength(64 * 1024);
    expect(good).toMatchObject({ outcome: 'scored', printed: '' });
  });

  it.each([
    { name: 'at once', body: "console.log('a' + '€'.repeat(50_000))" },
    {
      name: 'in pieces',
      body: "process.stdout.write('a'); for (let i = 0; i < 5000; i += 1) process.stdout.write('€'.repeat(10))",
    },
    {
      name: 'before a crash, to the descriptor itself',
      body: "writeSync(1, 'a' + '€'.repeat(50_000)); process.exit(1)",
    },
  ])('is cut by bytes, and not inside a character: $name', async ({ body }) => {
    const evaluators = await started({
      'euro.js': `import { writeSync } from 'node:fs'; ${evaluating(`${body}; return true`)}`,
    });
    const { euro } = await outcomesOn(evaluators);
    // 1 + 3 * 21,845 = 64 * 1024; the last character would not fit with one byte more before it.
    expect(euro!.printed).toBe(`a${'€'.repeat(21_845)}`);
  });

  it.each([
    { name: 'by console', body: "console.log('ab' + '😀'.repeat(20_000)); return true" },
    { name: 'to the descriptor itself', body: "writeSync(1, 'ab' + '😀'.repeat(20_000)); process.exit(1)" },
  ])('is cut before a character that does not fit: $name', async ({ body }) => {
    const evaluators = await started({ 'smile.js': `import { writeSync } from 'node:fs'; ${evaluating(body)}` });
    const { smile } = await outcomesOn(evaluators);
    expect(smile!.printed).toBe(`ab${'😀'.repeat(16_383)}`);
  });

  it.each([1, 2])('is bounded when it goes to descriptor %i itself', async (descriptor) => {
    const evaluators = await started({
      'loud.js': `import { writeSync } from 'node:fs'; ${evaluating(`for (;;) try { writeSync(${descriptor}, 'x'.repeat(1000)) } catch {}`, 'boolean', 'deadlineMs: 300,')}`,
    });
    const { loud } = await outcomesOn(evaluators);
    expect(loud).toMatchObject({ outcome: 'failed', code: 'timeout' });
    expect(loud!.printed).toHaveLength(64 * 1024);
  });

  it('survives a crash', async () => {
    const evaluators = await started({ 'dies.js': evaluating("console.log('last words'); process.exit(1)") });
    expect((await outcomesOn(evaluators))['dies']).toMatchObject({ code: 'crashed', printed: 'last words\n' });
  });
});
