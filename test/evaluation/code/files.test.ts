import { unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readCodeFiles } from '../../../src/evaluation/kinds/code/folder.ts';
import { startEvaluators } from '../../../src/evaluation/evaluators.ts';
import { logWith } from '../../evaluators/log-with.ts';
import { evaluating, evaluatorFolder, outcomesOn, started } from '../evaluator-folder.ts';

const YAML = 'returns: number\nlanguage: python\nrange: { min: 0, max: 9 }\nsource: |\n  def e(log): return 5\n';
const YAML_JS = 'returns: boolean\nlanguage: javascript\nsource: export default () => true\n';

describe('files of code', () => {
  it('are evaluators beside modules: YAML with its source, YAML beside its source, Python and JavaScript alone', async () => {
    const evaluators = await started({
      'a.code.yaml': YAML,
      'b.code.yml': 'returns: boolean\nfile: c.py\nonline: false\ndeadlineMs: 700\n',
      'c.py': 'def evaluate(log):\n    return log["output"] == "Paris."\n',
      'd.py':
        '#!/usr/bin/env python3\n# Who wrote it.\n# returns: category\n# options: [{ name: x }, { name: y }]\n\ndef e(log): return "y"',
      'e.code.js': '// returns: boolean\nexport default (log) => log.output.text === "Paris.";\n',
      'f.js': evaluating('return true'),
    });
    expect(evaluators.problems).toEqual([]);
    expect(evaluators.list).toMatchObject([
      { name: 'a', kind: 'code', returns: 'number', range: { min: 0, max: 9 }, online: { sampleRate: 1 } },
      { name: 'b', kind: 'code', returns: 'boolean', online: null, deadlineMs: 700 },
      { name: 'd', kind: 'code', returns: 'category', options: [{ name: 'x' }, { name: 'y' }] },
      { name: 'e', kind: 'code', returns: 'boolean' },
      { name: 'f', kind: 'module' },
    ]);
    expect(await outcomesOn(evaluators)).toMatchObject({
      a: { scores: [{ name: 'a', value: 5 }] },
      b: { scores: [{ name: 'b', value: true }] },
      d: { scores: [{ name: 'd', value: 'y' }] },
      e: { scores: [{ name: 'e', value: true }] },
      f: { scores: [{ name: 'f', value: true }] },
    });
  });

  it.each([
    ['a.py', 'def evaluate(log): return True', /^It does not say what it returns\. Begin .* # returns: boolean$/],
    ['a.code.js', 'export default () => true', /Begin .* \/\/ returns: boolean$/],
    ['a.py', 'def evaluate(log): return True\n# returns: boolean', /does not say what it returns/],
    ['a.py', '# returns: bool\ndef evaluate(log): return True', /^returns: /],
    ['a.py', '# returns: boolean\n# rang: 1\ndef e(log): return 1', /"rang" is not a part .*did you mean range\?/],
    ['a.py', '# returns: boolean\n# : }{\ndef evaluate(log): return True', /./],
    ['a.code.yaml', `${YAML}options: [{ name: a }, { name: b }]\n`, /^options: only .* category/],
    ['a.code.yaml', YAML.replace('returns: number', 'returns: boolean'), /^range: only .* number/],
    ['a.code.yaml', YAML.replace('language: python\n', ''), /^language: say python or javascript\.$/],
    ['a.code.yaml', 'returns: boolean\nlanguage: python\n', /^source: give the code/],
    ['a.code.yaml', `${YAML}file: b.py\n`, /^source: give the code/],
    ['a.code.yaml', 'returns: boolean\nfile: ../b.py\n', /^file: there is no \.\.\/b\.py beside/],
    ['a.code.yaml', `${YAML}needsTarget: true\nonline: { sampleRate: 1 }\n`, /^online: live logs have no target/],
    ['a.code.yaml', `${YAML}memoryMb: 5\n`, /^memoryMb: /],
    ['a.code.yaml', '', /^definition: /],
    ['-.py', '# returns: boolean', /^What stands before \.py is its name/],
  ])('say what is wrong with %s: %s', async (file, source, message) => {
    const { evaluators, problems } = await readCodeFiles(evaluatorFolder({ [file]: source }));
    expect(evaluators).toEqual([]);
    expect(problems).toEqual([{ file, message: expect.stringMatching(message) as unknown }]);
  });

  it('that cannot be read leave alone those that can, whatever reading them does', async () => {
    const { list, problems } = await started({
      'a.py': `# returns: boolean\ndef e(log): return ${'('.repeat(50_000)}`,
      'b.py': '# returns: boolean\ndef e(log): return True',
      'c.code.js': `// returns: boolean\nexport default () => ${'['.repeat(100_000)}`,
      'd.code.js': '// returns: boolean\nexport default () => true',
      'e.py': `# returns: boolean\ndef e(log): return 1${'+1'.repeat(100_000)}`,
      'f.py': '# returns: boolean\ndef e(log):\n  return 1 +',
      'g.code.js': '// returns: boolean\nexport default () => {\n  x y }',
    });
    expect(list.map(({ name }) => name)).toEqual(['b', 'd']);
    const messages = Object.fromEntries(problems.map(({ file, message }) => [file, message]));
    expect(messages).toEqual({
      'a.py': expect.any(String) as unknown,
      'c.code.js': expect.any(String) as unknown,
      'e.py': expect.any(String) as unknown,
      'f.py': 'SyntaxError: invalid syntax (line 3, column 13)',
      'g.code.js': expect.stringMatching(/^SyntaxError: .* \(line 3, column 5\)$/) as unknown,
    });
  });

  it('of one name are one evaluator, and the others are named', async () => {
    const js = '// returns: boolean\nexport default () => true';
    const { list, problems } = await started({
      'a.code.js': js,
      'a.code.yaml': YAML_JS,
      'b.code.js': js,
      'b.js': evaluating(''),
    });
    expect(list.map(({ name, kind }) => [name, kind])).toEqual([
      ['a', 'code'],
      ['b', 'module'],
    ]);
    expect(problems.map(({ file }) => file)).toEqual(['a.code.js', 'b']);
  });

  it('need a target where they say so, and look at no live log then', async () => {
    const evaluators = await started({
      'a.py': '# returns: boolean\n# needsTarget: true\ndef e(log, datapoint): return datapoint["target"] == "Paris."',
    });
    expect(evaluators.list[0]).toMatchObject({ needsTarget: true, online: null });
    const request = { id: 'x', subject: logWith(), evaluators: ['a'], datapoint: { input: null, target: 'Paris.' } };
    expect(await evaluators.evaluate([request])).toMatchObject([{ outcome: { scores: [{ value: true }] } }]);
  });

  it('are new versions when what they do changes, and not when a description does', async () => {
    const version = async (file: string, source: string) => {
      const { evaluators } = await readCodeFiles(evaluatorFolder({ [file]: source }));
      return evaluators[0]!.evaluator.version;
    };
    const first = await version('a.py', '# returns: number\ndef e(log): return 1');
    expect(await version('a.py', '# returns: number\ndef e(log): return 2')).not.toBe(first);
    const ranged = '# returns: number\n# range: { min: 0, max: 1 }\ndef e(log): return 1';
    expect(await version('a.py', ranged)).not.toBe(first);
    const yaml = (description: string) => version('a.code.yaml', `description: ${description}\n${YAML}`);
    expect(await yaml('one')).toBe(await yaml('two'));
  });

  it('are watched', async () => {
    const folder = evaluatorFolder({ 'a.code.js': '// returns: boolean\nexport default () => true' });
    const evaluators = await startEvaluators({ folder });
    onTestFinished(() => evaluators.close());
    const changed = new Promise<void>((resolve) => void evaluators.onChange(resolve));
    writeFileSync(join(folder, 'b.code.js'), '// returns: number\nexport default () => 3');
    unlinkSync(join(folder, 'a.code.js'));
    await changed;
    expect(await outcomesOn(evaluators)).toMatchObject({ b: { scores: [{ value: 3 }] } });
    expect(evaluators.list.map(({ name }) => name)).toEqual(['b']);
  });
});
