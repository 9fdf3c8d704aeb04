import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CodeRunner } from '../../../src/evaluation/kinds/code/runner.ts';
import type { DefinitionOf } from '../../../src/model/definition.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { logWith } from '../../evaluators/log-with.ts';
import { JAVASCRIPT_ATTACKS, PYTHON_ATTACKS } from './attacks.ts';
import { code, outcomes, outcomesOfAll, resultsOf, runnable, sampled } from './code-evaluators.ts';

const SECRET = 'hunter2-of-the-host';
const ATTACKS = [
  ...sampled(JAVASCRIPT_ATTACKS, 2).map((body) => ({ language: 'javascript' as const, body })),
  ...sampled(PYTHON_ATTACKS, 4).map((body) => ({ language: 'python' as const, body })),
].map((attack, index) => ({ ...attack, index }));
const HONEST = {
  javascript: 'export default (log) => log.output.text === "Paris."',
  python: 'def e(log): return log["output"] == "Paris."',
};

function sourceOf(language: 'javascript' | 'python', body: string): string {
  return language === 'javascript'
    ? `export default function (log) { ${body} }`
    : `def evaluate(log):\n${body.replaceAll(/^/gm, '  ')}`;
}

describe('a guest', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-escape-'));
  const file = join(folder, 'secret');
  let connections = 0;
  let mode = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  const got: Outcome[] = [];
  const after: Outcome[] = [];
  let names: string[] = [];

  beforeAll(async () => {
    writeFileSync(file, SECRET);
    mode = statSync(file).mode & 0o777;
    process.env.SECRET = SECRET;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const filled = (body: string): string =>
      body.replaceAll('FILE', file).replaceAll('PORT', String(port)).replaceAll('"SECRET"', JSON.stringify(SECRET));
    const runner = new CodeRunner();
    const evaluate = async (some: DefinitionOf<'code'>[]): Promise<Outcome[]> => {
      const work = some.map((one) => ({ runnable: runnable(one), subject: logWith() }));
      return (await resultsOf(runner, work)).map(({ outcome }) => outcome);
    };
    const honest = (['javascript', 'python'] as const).map((language) => code(language, HONEST[language]));
    try {
      got.push(
        ...(await evaluate(ATTACKS.map(({ language, body }) => code(language, sourceOf(language, filled(body)))))),
      );
      after.push(...(await evaluate([...honest, ...honest])));
    } finally {
      await runner.close();
    }
    names = readdirSync(folder);
  }, 120_000);

  afterAll(() => {
    delete process.env.SECRET;
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(ATTACKS)('does not get out by $language $index: $body', ({ index }) => {
    const outcome = got[index]!;
    // A guest can say of its own log what it likes; that it reached something it can say by true alone.
    expect(outcome).not.toMatchObject({ scores: [{ value: true }] });
    expect(JSON.stringify(outcome)).not.toContain(SECRET);
    expect(['scored', 'abstained', 'failed']).toContain(outcome.outcome);
  });

  it('leaves the others, the files, the network and the prototypes of the host alone', () => {
    expect(JAVASCRIPT_ATTACKS.length + PYTHON_ATTACKS.length).toBeGreaterThanOrEqual(120);
    expect(after.map((one) => one.outcome === 'scored' && one.scores[0]!.value)).toEqual([true, true, true, true]);
    const out = got.filter((one) => one.outcome === 'scored' && one.scores.some(({ value }) => value === true)).length;
    console.info(`escapes: ${ATTACKS.length} tried, ${out} got out`);
    expect(names).toEqual(['secret']);
    expect(readFileSync(file, 'utf8')).toBe(SECRET);
    expect(statSync(file).mode & 0o777).toBe(mode);
    expect(connections).toBe(0);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('is seen where it reaches something', async () => {
    const [js, py] = await outcomesOfAll([
      code('javascript', sourceOf('javascript', 'return typeof JSON !== "undefined"'), { name: 'a' }),
      code('python', sourceOf('python', 'import os\nreturn len(os.__file__) > 0'), { name: 'b' }),
    ]);
    for (const one of [js, py]) expect(one).toMatchObject({ scores: [{ value: true }] });
  });

  it.each([
    [
      'javascript',
      'globalThis.seen = (globalThis.seen ?? 0) + 1; Array.prototype.x = 1; export default () => globalThis.seen',
      1,
    ],
    ['python', 'seen = []\ndef e(log):\n  seen.append(1)\n  return len(seen)', 1],
  ] as const)('of %s begins each log without what it left at the one before', async (language, source, value) => {
    const all = await outcomes(code(language, source, { returns: 'number' }), [logWith(), logWith(), logWith()]);
    expect(all.map((one) => one.outcome === 'scored' && one.scores[0]!.value)).toEqual([value, value, value]);
  });

  it.each([
    [
      'javascript',
      'export default () => { JSON.marked = Object.prototype.marked = true; return true }',
      'export default () => ({}).marked === undefined && JSON.marked === undefined',
    ],
    [
      'python',
      'import json, builtins\ndef e(log):\n  json.marked = builtins.marked = True\n  return True',
      'import json, builtins\ndef e(log): return not hasattr(json, "marked") and not hasattr(builtins, "marked")',
    ],
  ] as const)(
    'of %s leaves nothing to another evaluator, nor to the same of another project',
    async (language, marks, looks) => {
      const other = '00000000-0000-7000-8000-000000000001';
      const mark = code(language, marks, { name: 'mark' });
      const look = code(language, looks, { name: 'look' });
      const runner = new CodeRunner();
      const [marker, looker, theirs] = [runnable(mark), runnable(look), runnable(look, other)];
      const [ours, their] = [logWith(), logWith({ projectId: other })];
      try {
        for (let round = 0; round < 3; round += 1) {
          const results = await resultsOf(runner, [
            { runnable: marker, subject: ours },
            { runnable: looker, subject: ours },
            { runnable: theirs, subject: their },
          ]);
          expect(results.map(({ outcome }) => outcome.outcome === 'scored' && outcome.scores[0]!.value)).toEqual([
            true,
            true,
            true,
          ]);
        }
      } finally {
        await runner.close();
      }
    },
  );
});
