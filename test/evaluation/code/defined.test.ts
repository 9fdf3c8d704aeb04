/** Code of the store: tried when it is put, and run in the version that is asked for. */
import { describe, expect, it } from 'vitest';
import { logWith } from '../../evaluators/log-with.ts';
import { started } from '../evaluator-folder.ts';
import { code, PROJECT } from './code-evaluators.ts';

describe('code of the store', () => {
  it.each([
    ['python', 'def e(log):\n  return (1', /^SyntaxError: '\(' was never closed \(line 2, column 10\)$/],
    ['python', 'x = 1', undefined],
    ['javascript', 'export default (log) => {\n  return 1 +\n}', /^SyntaxError: .*\(line 3, column 1\)$/],
    ['javascript', 'import fs from "node:fs"; export default () => true', /could not load module 'node:fs'$/],
    ['javascript', 'export default (x y) => true', /^SyntaxError: .*\(line 1, column 19\)$/],
    ['javascript', 'export default async (log) => await log.x.y', undefined],
    ['javascript', 'const a = await null; for (;;); export default (log) => a', undefined],
  ] as const)('in %s is tried before it is kept: %s', async (language, source, message) => {
    const evaluators = await started({});
    const definition = code(language, source);
    const checked = await evaluators.check({ definition, projectId: 'p' });
    const refused = { member: 'settings.source', message: expect.stringMatching(message ?? '') as unknown };
    expect(checked).toEqual(message === undefined ? definition : refused);
  });

  it('looks in its newest version, and in an older one where that is asked for', async () => {
    const version = (number: string) => ({
      projectId: PROJECT,
      version: number,
      managedBy: 'api' as const,
      createdAtMs: 0,
      definition: code('javascript', `export default () => ${number}`, { returns: 'number' }),
    });
    const evaluators = await started({}, { findVersion: async (_project, _name, number) => version(number) });
    evaluators.useDefinitions([{ newest: version('2'), online: null, createdAtMs: 0, changedAtMs: 0, deleted: null }]);
    const ask = (versions?: Record<string, string>) => ({ id: 'x', subject: logWith(), evaluators: ['one'], versions });
    const answers = await evaluators.evaluate([ask(), ask({ one: '1' })]);
    expect(answers.map(({ version: by, outcome }) => [by, outcome])).toMatchObject([
      ['2', { scores: [{ value: 2 }] }],
      ['1', { scores: [{ value: 1 }] }],
    ]);
  });
});
