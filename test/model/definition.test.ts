import { describe, expect, it } from 'vitest';
import { definitionSchema, describeVersion } from '../../src/model/definition.ts';

const external = { name: 'mine', kind: 'external', returns: 'number', settings: {} };

describe('a definition', () => {
  it('becomes an evaluator that knows its project, its version and no rule of its own', () => {
    const definition = definitionSchema.parse({ ...external, range: { min: 1, max: 5, step: 1 }, better: 'higher' });
    const version = { projectId: 'p', version: '2', managedBy: 'api', createdAtMs: 1, definition } as const;
    expect(describeVersion(version)).toEqual({
      name: 'mine',
      version: '2',
      projectId: 'p',
      kind: 'external',
      returns: 'number',
      description: null,
      range: { min: 1, max: 5, step: 1 },
      options: null,
      better: 'higher',
      needsTarget: false,
      threshold: null,
      deadlineMs: 30_000,
      memoryMb: null,
      online: null,
      managedBy: 'api',
    });
  });

  it.each([
    { name: 'a module, which is a file', given: { ...external, kind: 'module' }, at: 'kind' },
    {
      name: 'a range of a boolean',
      given: { ...external, returns: 'boolean', range: { min: 0, max: 1 } },
      at: 'range',
    },
    { name: 'options of a number', given: { ...external, options: [{ name: 'a' }, { name: 'b' }] }, at: 'options' },
    { name: 'settings of another kind', given: { ...external, kind: 'code' }, at: 'settings.language' },
    { name: 'a name that is a path', given: { ...external, name: '../x' }, at: 'name' },
  ])('is refused as $name', ({ given, at }) => {
    const read = definitionSchema.safeParse(given);
    expect(read.error?.issues.map(({ path }) => path.join('.'))).toContain(at);
  });
});
