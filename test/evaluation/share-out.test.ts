/** Which consumer takes whose jobs. */
import { expect, it } from 'vitest';
import { shareOut } from '../../src/evaluation/share-out.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';

const evaluators = [newEvaluator('length'), newEvaluator('tone', { kind: 'judge' })];

it('leaves judges to the consumer that waits for calls, also where they have jobs already', () => {
  expect(shareOut(evaluators, ['length', 'tone'])).toEqual({ run: ['length'], call: ['tone'] });
});

it('has jobs of evaluators that are gone ended by the one that does not wait', () => {
  expect(shareOut(evaluators, ['gone', 'tone'])).toEqual({ run: ['length', 'gone'], call: ['tone'] });
  expect(shareOut([], ['gone'])).toEqual({ run: ['gone'], call: [] });
});
