/** Runs one of the evaluators that come with Gradeway on a table of logs, the way it runs in a gateway. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Evaluators, startEvaluators } from '../../src/evaluation/evaluators.ts';
import type { Log } from '../../src/model/log.ts';
import type { Outcome } from '../../src/model/outcome.ts';

export interface Row {
  name: string;
  log: Log;
  /** Null: it abstains. */
  value: boolean | number | null;
  reason?: RegExp;
}

export function describeEvaluator(evaluator: string, rows: Row[]): void {
  describe(`the evaluator ${evaluator}`, () => {
    let evaluators: Evaluators;
    beforeAll(async () => {
      evaluators = await startEvaluators({ folder: join(import.meta.dirname, '../../evaluators'), watch: false });
    });
    afterAll(() => evaluators.close());

    it('loads', () => {
      expect(evaluators.problems).toEqual([]);
      expect(evaluators.list.map(({ name }) => name)).toContain(evaluator);
    });

    it.each(rows)('$name', async ({ log, value, reason }) => {
      const [answer] = await evaluators.evaluate([{ id: 'x', subject: log, evaluators: [evaluator] }]);
      const given = readOutcome(answer!.outcome);
      expect(given).toMatchObject({ name: value === null ? 'abstained' : evaluator, value });
      expect(given.reason ?? '').toMatch(reason ?? '');
    });
  });
}

function readOutcome(outcome: Outcome): { name: string; value: unknown; reason?: string | null } {
  if (outcome.outcome === 'scored') return outcome.scores[0]!;
  const reason = outcome.outcome === 'failed' ? outcome.message : outcome.reason;
  return { name: outcome.outcome, value: null, reason };
}
