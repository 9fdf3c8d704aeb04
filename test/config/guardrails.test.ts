/** Guardrails of gradeway.yaml: what is taken, and what is said of what is not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { guardrailFault } from '../../src/evaluation/guardrail-fault.ts';
import { type Guardrail, guardrailSchema } from '../../src/model/guardrail.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-guardrails-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function load(yaml: string): Guardrail[] {
  writeFileSync(join(folder, 'gradeway.yaml'), yaml);
  return loadConfig({ env: {}, cwd: folder }).guardrails;
}

const VALID = '- { name: a, evaluator: pii, on: request, action: block, blockIf: { equals: true } }';

describe('guardrails of gradeway.yaml', () => {
  it('have their defaults', () => {
    expect(load(`guardrails:\n  ${VALID}\n`)).toEqual([
      {
        name: 'a',
        evaluator: 'pii',
        on: 'request',
        action: 'block',
        blockIf: { equals: true },
        deadlineMs: 2000,
        onFailure: 'open',
        holdStreams: false,
      },
    ]);
    expect(load('guardrails:\n')).toEqual([]);
    expect(load('durability: fast\n')).toEqual([]);
  });

  it.each([
    { name: 'no list', yaml: 'guardrails: { a: b }', said: /gradeway.yaml:1:13: guardrails is a list/ },
    {
      name: 'a wrong word',
      yaml: 'guardrails:\n  - { name: a, evaluator: pii, on: answer, action: log }',
      said: /gradeway.yaml:2:5: guardrails\[0\].on .*"request"\|"response"/,
    },
    {
      name: 'an unknown member',
      yaml: 'guardrails:\n  - { name: a, evaluator: pii, on: request, action: log, deadline: 5 }',
      said: /guardrails\[0\] has no member 'deadline'. Did you mean deadlineMs\?/,
    },
    {
      name: 'block without a condition',
      yaml: 'guardrails:\n  - { name: a, evaluator: pii, on: request, action: block }',
      said: /guardrails\[0\].blockIf is needed where action is block/,
    },
    {
      name: 'a condition that compares nothing',
      yaml: 'guardrails:\n  - { name: a, evaluator: pii, on: request, action: block, blockIf: { score: x } }',
      said: /guardrails\[0\].blockIf has no comparison/,
    },
    {
      name: 'closed where nothing is blocked',
      yaml: 'guardrails:\n  - { name: a, evaluator: pii, on: request, action: log, onFailure: closed }',
      said: /guardrails\[0\].onFailure cannot be closed/,
    },
    {
      name: 'streams of a request',
      yaml: 'guardrails:\n  - { name: a, evaluator: pii, on: request, action: log, holdStreams: true }',
      said: /guardrails\[0\].holdStreams means nothing on a request/,
    },
    {
      name: 'a wrong filter',
      yaml: 'guardrails:\n  - { name: a, evaluator: pii, on: request, action: log, filter: { fild: model } }',
      said: /guardrails\[0\].filter a condition has one member out of field, property/,
    },
    {
      name: 'two of a name',
      yaml: `guardrails:\n  ${VALID}\n  ${VALID}`,
      said: /gradeway.yaml:3:5: there are two guardrails 'a'/,
    },
    { name: 'a misspelt section', yaml: `guardrail:\n  ${VALID}`, said: /Did you mean guardrails\?/ },
  ])('are refused with their place: $name', ({ yaml, said }) => {
    expect(() => load(yaml)).toThrow(said);
  });
});

describe('the evaluator of a guardrail', () => {
  const evaluators = [
    newEvaluator('pii', { returns: 'boolean' }),
    newEvaluator('toxicity', { returns: 'number' }),
    newEvaluator('review', { kind: 'human' }),
    newEvaluator('exact', { needsTarget: true }),
  ];
  const guardrail = (evaluator: string, blockIf: Guardrail['blockIf'] = { equals: true }): Guardrail =>
    guardrailSchema.parse({ name: 'a', evaluator, on: 'request', action: 'block', blockIf });

  it.each([
    { name: 'a wrong name', of: guardrail('pi'), member: 'evaluator', said: 'Did you mean pii?' },
    { name: 'none like it', of: guardrail('zzzzzzzz'), member: 'evaluator', said: 'There is: pii, toxicity' },
    { name: 'a file that does not load', of: guardrail('broken'), member: 'evaluator', said: 'no default export' },
    { name: 'a person', of: guardrail('review'), member: 'evaluator', said: 'no call can wait' },
    { name: 'a comparison with a target', of: guardrail('exact'), member: 'evaluator', said: 'target' },
    { name: 'a bound on a boolean', of: guardrail('pii', { gt: 1 }), member: 'blockIf', said: 'returns a boolean' },
    { name: 'a text for a number', of: guardrail('toxicity', { in: ['a'] }), member: 'blockIf', said: 'a number.' },
  ])('is refused where it cannot do that: $name', ({ of, member, said }) => {
    const problems = [{ file: 'broken.ts', message: 'It has no default export.' }];
    expect(guardrailFault(of, evaluators, problems)).toEqual({ member, message: expect.stringContaining(said) });
  });

  it('is taken where it can', () => {
    expect(guardrailFault(guardrail('pii'), evaluators)).toBeUndefined();
    expect(guardrailFault(guardrail('toxicity', { gte: 0.5, lt: 1 }), evaluators)).toBeUndefined();
  });
});
