import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startEvaluators } from '../../src/evaluation/evaluators.ts';
import { evaluating, evaluatorFolder, outcomesOn, started } from './evaluator-folder.ts';

const good = { 'good.js': evaluating('return true') };

const refused: { name: string; file: string; source: string; message: RegExp; others?: Record<string, string> }[] = [
  { name: 'a syntax error', file: 'bad.js', source: 'export default {', message: /^SyntaxError: .*\(line 1\)$/ },
  {
    name: 'a syntax error in TypeScript',
    file: 'bad.ts',
    source: 'export default const x',
    message: /^SyntaxError: .*\(line 1\)$/,
  },
  {
    name: 'TypeScript that cannot be stripped',
    file: 'bad.ts',
    source: 'enum A { B }\nexport default A',
    message: /enum/i,
  },
  {
    name: 'a throw at import',
    file: 'bad.js',
    source: "const a = 1;\nthrow new Error('no key');",
    message: /^Error: no key \(line 2\)$/,
  },
  {
    name: 'a package that is not there',
    file: 'bad.js',
    source: "import 'not-a-package-at-all';",
    message: /Cannot find package/,
  },
  { name: 'a file that is not there', file: 'bad.js', source: "import './nowhere.js';", message: /Cannot find module/ },
  {
    name: 'an infinite loop at import',
    file: 'bad.js',
    source: 'for (;;);',
    message: /did not finish loading within 1000 ms/,
  },
  {
    name: 'an await that never ends at import',
    file: 'bad.js',
    source: 'await new Promise(() => {}); export default 1;',
    message: /did not finish loading/,
  },
  {
    name: 'an exit at import',
    file: 'bad.js',
    source: 'process.exit(7)',
    message: /ended the process. Its process exited with code 7/,
  },
  {
    name: 'no default export',
    file: 'bad.js',
    source: 'export const evaluate = () => true;',
    message: /no default export/,
  },
  {
    name: 'a default export that is a number',
    file: 'bad.js',
    source: 'export default 5;',
    message: /no default export/,
  },
  {
    name: 'a CommonJS module',
    file: 'bad.js',
    source: "module.exports = { returns: 'boolean' };",
    message: /an evaluator is an ES module/,
  },
  {
    name: 'no evaluate',
    file: 'bad.js',
    source: "export default { returns: 'boolean' };",
    message: /no function "evaluate"/,
  },
  { name: 'no kind of score', file: 'bad.js', source: 'export default { evaluate() {} };', message: /^returns: / },
  { name: 'an unknown kind of score', file: 'bad.js', source: evaluating('', 'stars'), message: /^returns: .*boolean/ },
  {
    name: 'a sample rate over 1',
    file: 'bad.js',
    source: evaluating('', 'boolean', 'online: { sampleRate: 2 },'),
    message: /online.sampleRate/,
  },
  {
    name: 'an unknown key',
    file: 'bad.js',
    source: evaluating('', 'boolean', 'onlin: {},'),
    message: /"onlin" is not a part/,
  },
  {
    name: 'an unknown key of online',
    file: 'bad.js',
    source: evaluating('', 'boolean', 'online: { rate: 1 },'),
    message: /rate/,
  },
  {
    name: 'an unknown field in a filter',
    file: 'bad.js',
    source: evaluating('', 'boolean', "online: { filter: { field: 'colour', equals: 1 } },"),
    message: /online/,
  },
  {
    name: 'a deadline of 0',
    file: 'bad.js',
    source: evaluating('', 'boolean', 'deadlineMs: 0,'),
    message: /deadlineMs/,
  },
  {
    name: 'a getter that throws',
    file: 'bad.js',
    source: "export default { get evaluate() { throw new Error('mine'); } };",
    message: /mine/,
  },
  {
    name: 'a name with a space',
    file: 'my evaluator.js',
    source: evaluating(''),
    message: /The file name is the name/,
  },
  {
    name: 'a name that is used twice',
    file: 'bad.js',
    source: evaluating(''),
    message: /bad.js and bad.ts have the same name/,
    others: { 'bad.ts': evaluating('') },
  },
];

describe('a folder of evaluators', () => {
  it.each(refused)(
    'names a file that does not load and runs the rest: $name',
    async ({ file, source, message, others }) => {
      const evaluators = await started({ ...good, [file]: source, ...others }, { loadDeadlineMs: 1000 });
      expect(evaluators.problems[0]).toEqual({ file, message: expect.stringMatching(message) });
      expect(evaluators.problems).toHaveLength(others ? 2 : 1);
      expect(evaluators.list.map(({ name }) => name)).toEqual(['good']);
      expect(await outcomesOn(evaluators)).toMatchObject({ good: { outcome: 'scored' } });
    },
  );

  it('names pipes, devices and links to them, and files over 1 MiB, without reading them', async () => {
    const folder = evaluatorFolder({
      ...good,
      'full.js': evaluating('return true').padEnd(1024 * 1024),
      'large.js': evaluating('return true').padEnd(1024 * 1024 + 1),
    });
    expect(spawnSync('mkfifo', [join(folder, 'pipe.ts')]).status).toBe(0);
    symlinkSync('pipe.ts', join(folder, 'to-pipe.ts'));
    symlinkSync('/dev/zero', join(folder, 'to-device.ts'));
    symlinkSync('good.js', join(folder, 'to-good.js'));
    const evaluators = await startEvaluators({ folder, watch: false });
    const { list, problems } = evaluators;
    await evaluators.close();
    const notRegular = 'It cannot be read: it is not a regular file.';
    expect(problems).toEqual([
      { file: 'large.js', message: 'It cannot be read: it is larger than 1 MiB.' },
      { file: 'pipe.ts', message: notRegular },
      { file: 'to-device.ts', message: notRegular },
      { file: 'to-pipe.ts', message: notRegular },
    ]);
    expect(list.map(({ name }) => name)).toEqual(['full', 'good', 'to-good']);
  });

  it('waits for several files that hang as long as for one', { timeout: 40_000 }, async () => {
    const deadlineMs = 3000;
    const hanging = {
      'a-hangs.js': 'for (;;);',
      'b-hangs.js': 'await new Promise(() => {});',
      'd-hangs.js': 'for (;;);',
      'e-hangs.js': 'await new Promise(() => setTimeout(() => {}, 1e6));',
      'h-hangs.js': 'for (;;);',
      'i-hangs.js': 'for (;;);',
    };
    const others = {
      'c-good.js': evaluating('return true'),
      'f-slow.js': `await new Promise((r) => setTimeout(r, 1500)); ${evaluating('return true')}`,
      'g-dies.js': 'process.exit(1)',
      'z-good.js': evaluating('return true'),
    };
    const beganAtMs = performance.now();
    const evaluators = await started({ ...hanging, ...others }, { loadDeadlineMs: deadlineMs });
    // One after the other takes six deadlines.
    expect(performance.now() - beganAtMs).toBeLessThan(5 * deadlineMs);
    expect(evaluators.problems.map(({ file }) => file).toSorted()).toEqual(
      [...Object.keys(hanging), 'g-dies.js'].toSorted(),
    );
    for (const { file, message } of evaluators.problems)
      expect(message).toMatch(file === 'g-dies.js' ? /ended the process/ : /did not finish loading within 3000 ms/);
    expect(evaluators.list.map(({ name }) => name)).toEqual(['c-good', 'f-slow', 'z-good']);
    expect(await outcomesOn(evaluators)).toMatchObject({
      'c-good': { outcome: 'scored' },
      'f-slow': { outcome: 'scored' },
      'z-good': { outcome: 'scored' },
    });
  });

  it('is refused with what to do where there is none', async () => {
    const nowhere = join(import.meta.dirname, 'nowhere');
    await expect(startEvaluators({ folder: nowhere })).rejects.toMatchObject({
      code: 'invalid_evaluator',
      message: expect.stringMatching(/nowhere, cannot be read \(ENOENT\). Create it, or set GRADEWAY_EVALUATORS/),
    });
  });

  it('may be empty', async () => {
    const evaluators = await started({});
    expect([evaluators.list, evaluators.problems]).toEqual([[], []]);
    expect(await evaluators.evaluate([])).toEqual([]);
  });

  it('takes .ts, .mts, .js and .mjs, and leaves the rest alone', async () => {
    const evaluators = await started({
      'a.ts': `const yes: boolean = true; ${evaluating('return yes')}`,
      'b.mts': `type A = 1; ${evaluating('return true')}`,
      'c.js': evaluating('return true'),
      'd.mjs': evaluating('return true'),
      'e.txt': 'notes',
      'f.d.ts': 'export {}',
      'g.test.ts': 'throw 1',
      '.#h.ts': 'throw 1',
      'i.json': '{}',
    });
    expect(evaluators.problems).toEqual([]);
    expect(Object.keys(await outcomesOn(evaluators))).toEqual(['a', 'b', 'c', 'd']);
  });

  it('may lie anywhere and still import the package and what the package brings', async () => {
    const evaluators = await started({
      'here.ts': `import { defineEvaluator } from 'gradeway';
        import { Ajv } from 'ajv';
        export default defineEvaluator({ returns: 'boolean', evaluate: () => new Ajv().validate({ type: 'object' }, {}) });`,
    });
    expect(evaluators.problems).toEqual([]);
    expect(await outcomesOn(evaluators)).toMatchObject({ here: { outcome: 'scored' } });
  });

  it('tells what each evaluator is', async () => {
    const evaluators = await started({
      'all.js': evaluating('', 'category', "description: 'what it is', deadlineMs: 100,"),
      'none.js': evaluating('', 'number', 'online: false,'),
      'some.js': evaluating('', 'boolean', "online: { sampleRate: 0.5, filter: { field: 'status', gte: 400 } },"),
    });
    const version = expect.stringMatching(/^[0-9a-f]{16}$/);
    const filter = { field: 'status', gte: 400 };
    const module = {
      version,
      projectId: null,
      kind: 'module',
      range: null,
      options: null,
      better: null,
      needsTarget: false,
      threshold: null,
      memoryMb: null,
      managedBy: 'file',
    };
    expect(evaluators.list).toEqual([
      {
        ...module,
        name: 'all',
        returns: 'category',
        description: 'what it is',
        online: { sampleRate: 1 },
        deadlineMs: 100,
      },
      { ...module, name: 'none', returns: 'number', description: null, online: null, deadlineMs: 5000 },
      {
        ...module,
        name: 'some',
        returns: 'boolean',
        description: null,
        online: { sampleRate: 0.5, filter },
        deadlineMs: 5000,
      },
    ]);
  });

  it('gives the same version to the same content', async () => {
    const folder = evaluatorFolder({
      'a.js': evaluating('return true'),
      'b.js': evaluating('return true'),
      'c.js': evaluating('return false'),
    });
    const evaluators = await startEvaluators({ folder, watch: false });
    const [a, b, c] = evaluators.list.map(({ version }) => version);
    await evaluators.close();
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });
});

describe("an evaluator's process", () => {
  it('has no environment but what it is given', async () => {
    const source =
      "export default { returns: 'category', evaluate: () => Object.entries(process.env).map(String).join() || 'empty' };";
    const bare = await started({ 'env.js': source });
    expect(await outcomesOn(bare)).toMatchObject({ env: { scores: [{ value: 'empty' }] } });
    const given = await started({ 'env.js': source }, { environment: { JUDGE_URL: 'here' } });
    expect(await outcomesOn(given)).toMatchObject({ env: { scores: [{ value: 'JUDGE_URL,here' }] } });
  });

  it('works in a folder of its own and with low priority', async () => {
    const evaluators = await started({
      'where.js':
        "import os from 'node:os'; export default { returns: 'category', evaluate: () => `${os.getPriority()} ${process.cwd()}` };",
    });
    const { where } = await outcomesOn(evaluators);
    expect(where).toMatchObject({ scores: [{ value: expect.stringMatching(/^19 .*gradeway-/) }] });
  });

  it('shows every evaluator the same log, frozen', async () => {
    const evaluators = await started({
      'a.js': evaluating("log.properties.x = 'mine'; return true"),
      'b.js': evaluating('return log.properties.x === undefined && Object.isFrozen(log.input[0])'),
    });
    const outcomes = await outcomesOn(evaluators);
    expect(outcomes['a']).toMatchObject({
      outcome: 'failed',
      code: 'threw',
      message: expect.stringMatching(/^TypeError/),
    });
    expect(outcomes['b']).toMatchObject({ scores: [{ value: true }] });
  });
});
