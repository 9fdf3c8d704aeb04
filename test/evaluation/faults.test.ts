import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/model/outcome.ts';
import { logWith } from '../evaluators/log-with.ts';
import { evaluating, evaluatingAsync, type Files, outcomesOn, started } from './evaluator-folder.ts';

interface Fault {
  name: string;
  source: string;
  code: 'threw' | 'timeout' | 'crashed' | 'invalid_result';
  message?: RegExp;
}

const quick = 'deadlineMs: 300,';
/** On a busy machine, running out of memory must not become running late. */
const patient = 'deadlineMs: 15000,';
const bystanders: Files = {
  'a-before.js': evaluating("console.log('before'); return true"),
  'z-after.js': evaluating('return true'),
  'z-slow.js': evaluatingAsync('await new Promise((resolve) => setTimeout(resolve, 50)); return true'),
};

const hanging: Fault[] = [
  { name: 'an infinite loop', source: evaluating('for (;;);', 'boolean', quick), code: 'timeout' },
  { name: 'an infinite loop after an await', source: evaluatingAsync('await null; for (;;);', quick), code: 'timeout' },
  {
    name: 'an infinite loop in a timer',
    source: evaluatingAsync('await new Promise((r) => setTimeout(r, 1)); for (;;);', quick),
    code: 'timeout',
  },
  { name: 'a loop of promises', source: evaluatingAsync('for (;;) await null;', quick), code: 'timeout' },
  {
    name: 'a promise that never settles',
    source: evaluating('return new Promise(() => {})', 'boolean', quick),
    code: 'timeout',
  },
  {
    name: 'a thenable that never answers',
    source: evaluating('return { then() {} }', 'boolean', quick),
    code: 'timeout',
  },
  {
    name: 'a thenable that gives itself',
    source: evaluating('const t = { then(resolve) { resolve(t) } }; return t', 'boolean', quick),
    code: 'timeout',
  },
  {
    name: 'a synchronous sleep',
    source: evaluating('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', 'boolean', quick),
    code: 'timeout',
  },
  {
    name: 'another process that it waits for',
    source: `import { execSync } from 'node:child_process'; ${evaluating("execSync('sleep 30')", 'boolean', quick)}`,
    code: 'timeout',
  },
  {
    name: 'a catastrophic pattern',
    source: evaluating("return /^(a+)+$/.test('a'.repeat(40) + 'b')", 'boolean', quick),
    code: 'timeout',
  },
  { name: 'a huge power', source: evaluating('return (7n ** (10n ** 8n)) > 0n', 'boolean', quick), code: 'timeout' },
  {
    name: 'a getter in the result that never returns',
    source: evaluating('return { get value() { for (;;); } }', 'boolean', quick),
    code: 'timeout',
  },
  {
    name: 'stopping itself',
    source: evaluating("process.kill(process.pid, 'SIGSTOP'); for (;;);", 'boolean', quick),
    code: 'timeout',
  },
];

const greedy: Fault[] = [
  {
    name: 'arrays',
    source: evaluating('const a = []; for (;;) a.push(new Array(1000).fill({}))', 'boolean', patient),
    code: 'crashed',
    message: /out of memory|more than/,
  },
  {
    name: 'texts',
    source: evaluating("const a = []; for (;;) a.push(Buffer.alloc(1e6, 'x').toString('latin1'))", 'boolean', patient),
    code: 'crashed',
  },
  {
    name: 'typed arrays',
    source: evaluating('const a = []; for (;;) a.push(new Float64Array(1e6).fill(1))', 'boolean', patient),
    code: 'crashed',
    message: /more than 512 MB/,
  },
  {
    name: 'buffers',
    source: evaluating('const a = []; for (;;) a.push(Buffer.alloc(1e7, 1))', 'boolean', patient),
    code: 'crashed',
    message: /more than 512 MB/,
  },
  {
    name: 'memory of WebAssembly',
    source: evaluating(
      'const a = []; for (;;) { const m = new WebAssembly.Memory({ initial: 1000 }); new Uint8Array(m.buffer).fill(1); a.push(m) }',
      'boolean',
      patient,
    ),
    code: 'crashed',
  },
  {
    name: 'a text that is too long',
    source: evaluating("return 'x'.repeat(2 ** 30)", 'boolean', patient),
    code: 'threw',
    message: /^RangeError/,
  },
];

const throwing: Fault[] = [
  {
    name: 'an error',
    source: evaluating("throw new TypeError('no such thing')"),
    code: 'threw',
    message: /^TypeError: no such thing$/,
  },
  { name: 'a text', source: evaluating("throw 'oh'"), code: 'threw', message: /^"oh"$/ },
  { name: 'nothing', source: evaluating('throw undefined'), code: 'threw', message: /^undefined$/ },
  { name: 'an object', source: evaluating('throw { a: 1 }'), code: 'threw' },
  {
    name: 'a proxy that fights back',
    source: evaluating('throw new Proxy({}, { getPrototypeOf() { throw 1 }, ownKeys() { throw 1 } })'),
    code: 'threw',
    message: /cannot be shown/,
  },
  {
    name: 'a message of 10 MB',
    source: evaluating("throw new Error('x'.repeat(1e7))"),
    code: 'threw',
    message: /^Error: x{2041}$/,
  },
  {
    name: 'a stack overflow',
    source: evaluating('const f = () => f() + 1; return f()'),
    code: 'threw',
    message: /^RangeError/,
  },
  {
    name: 'a value that is nested 100,000 deep',
    source: evaluating('let o = []; for (let i = 0; i < 1e5; i += 1) o = [o]; return { value: o }'),
    code: 'invalid_result',
    message: /an array/,
  },
  {
    name: 'a rejection',
    source: evaluatingAsync("throw new Error('later')"),
    code: 'threw',
    message: /^Error: later$/,
  },
  {
    name: 'a late rejection',
    source: evaluatingAsync("await new Promise((_, no) => setTimeout(no, 20, new Error('later')))"),
    code: 'threw',
  },
  {
    name: 'a callback',
    source: evaluating("return new Promise(() => setTimeout(() => { throw new Error('in a timer') }, 5))"),
    code: 'threw',
    message: /^Error: in a timer$/,
  },
  {
    name: 'a rejection that nobody handles',
    source: evaluating("Promise.reject(new Error('lost')); return new Promise(() => {})"),
    code: 'threw',
    message: /lost/,
  },
  {
    name: 'a then that throws when it is read',
    source: evaluating("return { get then() { throw new Error('mine') } }"),
    code: 'threw',
    message: /mine/,
  },
  {
    name: 'a thenable that throws',
    source: evaluating("return { then() { throw new Error('mine') } }"),
    code: 'threw',
    message: /mine/,
  },
  {
    name: 'a getter in the result',
    source: evaluating("return { get value() { throw new Error('mine') } }"),
    code: 'invalid_result',
    message: /mine/,
  },
];

const dying: Fault[] = [
  { name: 'exit with 0', source: evaluating('process.exit(0)'), code: 'crashed', message: /exited with code 0/ },
  {
    name: 'exit with 3, later',
    source: evaluatingAsync('await new Promise((r) => setTimeout(r, 5)); process.exit(3)'),
    code: 'crashed',
    message: /code 3/,
  },
  { name: 'abort', source: evaluating('process.abort()'), code: 'crashed', message: /SIGABRT/ },
  {
    name: 'SIGKILL to itself',
    source: evaluating("process.kill(process.pid, 'SIGKILL'); for (;;);"),
    code: 'crashed',
    message: /SIGKILL/,
  },
  {
    name: 'SIGSEGV to itself',
    source: evaluating("process.kill(process.pid, 'SIGSEGV'); for (;;);"),
    code: 'crashed',
    message: /SIGSEGV/,
  },
  {
    name: 'exit from a callback of a timer',
    source: evaluating('return new Promise(() => setTimeout(() => process.exit(4), 5))'),
    code: 'crashed',
    message: /code 4/,
  },
  {
    name: 'garbage on the descriptor of answers',
    source: `import { writeSync } from 'node:fs'; ${evaluating("writeSync(4, 'not json\\n'); for (;;);")}`,
    code: 'crashed',
    message: /unreadable/,
  },
  {
    name: 'a closed descriptor of answers',
    source: `import { closeSync } from 'node:fs'; ${evaluating('closeSync(4); return true')}`,
    code: 'crashed',
  },
];

/** Runs a fault beside others, then looks at another log as if nothing had been. */
async function outcomesBeside({ source }: Fault): Promise<{ first: Record<string, Outcome>; next: string[] }> {
  const evaluators = await started({ ...bystanders, 'fault.js': source });
  const first = await outcomesOn(evaluators);
  const next = await evaluators.evaluate([
    { id: '2', subject: logWith({ id: '2' }), evaluators: ['a-before', 'z-slow'] },
  ]);
  return { first, next: next.map(({ outcome }) => outcome.outcome) };
}

function expected({ code, message = /./ }: Fault): object {
  const scored = { outcome: 'scored', scores: [{ value: true }] };
  const fault = {
    outcome: 'failed',
    code,
    message: expect.stringMatching(message),
    retryable: code !== 'invalid_result',
  };
  return {
    first: { fault, 'a-before': { ...scored, printed: 'before\n' }, 'z-after': scored, 'z-slow': scored },
    next: ['scored', 'scored'],
  };
}

describe('an evaluator that fails costs nobody else anything', () => {
  it.each(hanging)('when it hangs: $name', async (fault) => {
    const outcomes = await outcomesBeside(fault);
    expect(outcomes).toMatchObject(expected({ ...fault, message: /^It ran longer than 300 ms and was stopped\.$/ }));
    expect(outcomes.first['fault']!.durationMs).toBeGreaterThanOrEqual(299);
  });

  it.each(greedy)('when it takes all memory: $name', async (fault) => {
    const beforeMb = process.memoryUsage.rss() / 2 ** 20;
    expect(await outcomesBeside(fault)).toMatchObject(expected(fault));
    expect(process.memoryUsage.rss() / 2 ** 20 - beforeMb).toBeLessThan(64);
  });

  it.each([...throwing, ...dying])('when it throws or ends its process: $name', async (fault) => {
    expect(await outcomesBeside(fault)).toMatchObject(expected(fault));
  });
});
