/** What is wrong with a composite among the evaluators that there are, as one over the API and as a file. */
import { describe, expect, it } from 'vitest';
import type { CompositeSettings, Definition, DefinitionOf } from '../../../src/model/definition.ts';
import {
  compositeDefinition,
  externalDefinition,
  humanDefinition,
  judgeDefinition,
  webhookDefinition,
} from '../../fixtures/definition.ts';
import { evaluating, outcomesOn, started } from '../evaluator-folder.ts';
import { composing, defined, judge, OURS } from './composites.ts';

const FILES = {
  'length.mjs': evaluating('return 7', 'number'),
  'yes.mjs': evaluating('return true'),
  'calm.mjs': evaluating('return "calm"', 'category'),
};
const targeting = judgeDefinition(
  { name: 'correct', returns: 'number', range: { min: 0, max: 1 }, needsTarget: true },
  { template: '{{ log.output_text }} {{ datapoint.target }}' },
);
const composite = (name: string, ...steps: string[]): DefinitionOf<'composite'> =>
  compositeDefinition(
    steps.map((evaluator) => ({ evaluator })),
    { name },
  );
const PRESENT: Definition[] = [
  judge('small', '0.4'),
  targeting,
  humanDefinition(),
  externalDefinition(),
  webhookDefinition({ name: 'later' }, { answer: 'later' }),
  composite('inner', 'small'),
  composite('outer', 'inner'),
  composite('to-triage', 'triage'),
  composite('via', 'to-triage'),
];

async function checked(
  steps: CompositeSettings['steps'],
  changes: Partial<DefinitionOf<'composite'>> = {},
): Promise<unknown> {
  const { evaluators } = await composing(PRESENT, FILES);
  return evaluators.check({ definition: compositeDefinition(steps, changes), projectId: OURS });
}

describe('a composite that is put', () => {
  it.each<[string, CompositeSettings['steps'], Partial<DefinitionOf<'composite'>>, string, RegExp]>([
    ['an unknown evaluator', [{ evaluator: 'smal' }], {}, '0.evaluator', /no evaluator smal\. Did you mean small\?/],
    [
      'an unknown version',
      [{ evaluator: 'small', version: '7' }],
      {},
      '0.version',
      /small has no version 7\. Its newest is 1\./,
    ],
    ['itself', [{ evaluator: 'triage' }], {}, '0.evaluator', /circle: triage -> triage/],
    ['what names it', [{ evaluator: 'via' }], {}, '0.evaluator', /circle: triage -> via -> to-triage -> triage/],
    ['a form for people', [{ evaluator: 'helpful' }], {}, '0.evaluator', /cannot be waited for: .*elsewhere \(human\)/],
    ['what runs elsewhere', [{ evaluator: 'toxicity' }], {}, '0.evaluator', /elsewhere \(external\)/],
    ['a webhook that answers later', [{ evaluator: 'later' }], {}, '0.evaluator', /its scores are posted later/],
    ['one of another type', [{ evaluator: 'calm' }], {}, '0.evaluator', /returns a category, and triage, .* a number/],
    [
      'one whose range is wider',
      [{ evaluator: 'small' }],
      { range: { min: 0, max: 0.5 } },
      '0.evaluator',
      /from 0 to 1, and triage, which may end with it, from 0 to 0\.5/,
    ],
    [
      'a boolean outside of its range',
      [{ evaluator: 'yes' }],
      { range: { min: 1, max: 5 } },
      '0.evaluator',
      /counts as 0 or 1/,
    ],
    [
      'a condition that cannot hold',
      [{ evaluator: 'yes', continueIf: { gt: 0.5 } }, { evaluator: 'small' }],
      {},
      '0.continueIf',
      /yes returns a boolean: compare with equals or in/,
    ],
    [
      'a condition after which there is nothing',
      [{ evaluator: 'small', continueIf: { gt: 0.5 } }],
      {},
      '0.continueIf',
      /nothing comes after the last step/,
    ],
    ['one twice', [{ evaluator: 'small' }, { evaluator: 'small', version: '1' }], {}, '1.evaluator', /step already/],
  ])('names %s: refused', async (_what, steps, changes, member, message) => {
    expect(await checked(steps, changes)).toEqual({
      member: `settings.steps.${member}`,
      message: expect.stringMatching(message),
    });
  });

  it('may leave its scale to a step where it never stops', async () => {
    const steps = [{ evaluator: 'calm' }, { evaluator: 'small' }];
    expect(await checked(steps)).toEqual(compositeDefinition(steps));
  });

  it('needs a target where one of its steps does, however deep', async () => {
    const through = composite('through', 'correct');
    const { evaluators } = await composing([...PRESENT, through], FILES);
    for (const named of ['correct', 'through']) {
      const definition = composite('triage', named);
      expect(await evaluators.check({ definition, projectId: OURS })).toEqual({ ...definition, needsTarget: true });
    }
    const definition = composite('triage', 'small');
    expect(await evaluators.check({ definition, projectId: OURS })).toEqual(definition);
  });

  it('is no deeper than five', async () => {
    const nest = ['a', 'b', 'c', 'd', 'e'].map((name, index, all) => composite(name, all[index - 1] ?? 'length'));
    const { evaluators } = await composing(nest, FILES);
    const check = (named: string) => evaluators.check({ definition: composite('triage', named), projectId: OURS });
    expect(await check('d')).not.toHaveProperty('member');
    expect(await check('e')).toMatchObject({ message: expect.stringContaining('too deep: triage -> e -> d') });
  });

  it('knows no evaluator of another project, and none that was deleted', async () => {
    const { evaluators } = await composing([], FILES);
    const of = defined(judge('small', '1'));
    evaluators.useDefinitions([
      { ...of, newest: { ...of.newest, projectId: 'another' } },
      defined(judge('large', '1'), { deleted: { atMs: 2, waiting: 'finish' } }),
    ]);
    for (const named of ['small', 'large'])
      expect(await evaluators.check({ definition: composite('triage', named), projectId: OURS })).toMatchObject({
        message: expect.stringContaining(`there is no evaluator ${named}`),
      });
  });

  it('may name those that are put with it, and none of gradeway.yaml that goes', async () => {
    const { evaluators } = await composing([], FILES);
    const of = defined(judge('gone', '1'));
    evaluators.useDefinitions([{ ...of, newest: { ...of.newest, managedBy: 'config' } }]);
    const beside: Definition[] = [
      composite('triage', 'small'),
      composite('round', 'round-2'),
      composite('round-2', 'round'),
      targeting,
    ];
    beside.push(judge('small', '1'), composite('lost', 'gone'), composite('aiming', 'correct'));
    const check = async (index: number) => evaluators.check({ definition: beside[index]!, projectId: OURS, beside });
    expect(await check(0)).toEqual(beside[0]);
    expect(await check(1)).toMatchObject({ message: expect.stringContaining('round -> round-2 -> round') });
    expect(await check(5)).toMatchObject({ message: expect.stringContaining('there is no evaluator gone') });
    expect(await check(6)).toMatchObject({ needsTarget: true });
  });
});

describe('a composite in a file', () => {
  const file = (steps: string, more = ''): string => `returns: number\n${more}steps:\n${steps}`;

  it('is an evaluator like any other', async () => {
    const evaluators = await started({
      ...FILES,
      'triage.composite.yaml': file(
        '  - { evaluator: yes, continueIf: { equals: true } }\n  - { evaluator: length }\n'.replace('yes,', '"yes",'),
        'better: higher\nthreshold: 5\n',
      ),
    });
    expect(evaluators.problems).toEqual([]);
    expect(evaluators.list.find(({ name }) => name === 'triage')).toMatchObject({
      kind: 'composite',
      version: expect.stringMatching(/^[\da-f]{16}$/),
      better: 'higher',
      threshold: 5,
      online: { sampleRate: 1 },
      managedBy: 'file',
    });
    expect((await outcomesOn(evaluators)).triage).toMatchObject({
      scores: [{ name: 'triage', value: 7 }, { name: 'triage:yes' }, { name: 'triage:length', value: 7 }],
    });
  });

  it.each([
    { name: 'an unknown step', text: file('  - { evaluator: lenght }\n'), says: /lenght\. Did you mean length\?/ },
    { name: 'a circle', text: file('  - { evaluator: triage }\n'), says: /circle: triage -> triage/ },
    { name: 'an unknown member', text: file('  - { evaluator: length }\n', 'step: 1\n'), says: /did you mean steps\?/ },
    {
      name: 'a target needed online',
      text: file('  - { evaluator: correct }\n'),
      says: /live logs have no target, .* online: false/,
    },
    { name: 'a step twice', text: file('  - { evaluator: length }\n'.repeat(2)), says: /^steps\.1\.evaluator: length/ },
  ])('is refused for $name', async ({ text, says }) => {
    const evaluators = await started({
      ...FILES,
      'correct.code.yaml':
        'language: javascript\nsource: "export default () => 1"\nreturns: number\nneedsTarget: true\n',
      'triage.composite.yaml': text,
    });
    expect(evaluators.problems).toEqual([{ file: 'triage.composite.yaml', message: expect.stringMatching(says) }]);
    expect(evaluators.list.map(({ name }) => name)).not.toContain('triage');
  });
});
