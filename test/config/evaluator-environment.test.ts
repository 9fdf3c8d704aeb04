import { expect, it } from 'vitest';
import { evaluatorEnvironment } from '../../src/config/evaluator-environment.ts';

it('evaluators are given the variables that are named, where they are set', () => {
  const env = { ONE: '1', EMPTY: '', SECRET: 'x', UNSET: undefined };
  expect(evaluatorEnvironment(['ONE', 'EMPTY', 'UNSET', 'NOWHERE'], env)).toEqual({ ONE: '1', EMPTY: '' });
  expect(evaluatorEnvironment([], env)).toEqual({});
});
