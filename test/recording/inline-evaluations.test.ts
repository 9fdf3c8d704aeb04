/** What guardrails found goes into the log without what must not be written, and once. */
import { describe, expect, it } from 'vitest';
import { readDirectives } from '../../src/gateway/directives.ts';
import { newId } from '../../src/model/id.ts';
import type { Outcome } from '../../src/model/outcome.ts';
import { inlineEvaluations, jobsBeside } from '../../src/recording/inline-evaluations.ts';
import { prepareRedaction } from '../../src/recording/redaction/redaction.ts';
import { newLog } from '../fixtures/new-log.ts';

const redaction = prepareRedaction({ readyMade: ['email'], patterns: [] });
const ran = { durationMs: 1, printed: 'saw ada@example.com' };
const SCORED: Outcome = {
  outcome: 'scored',
  scores: [{ name: 'pii', value: 'ada@example.com', reason: 'ada@example.com with sk-secret-1234' }],
  ...ran,
};
const FAILED: Outcome = { outcome: 'failed', code: 'threw', message: 'no ada@example.com', retryable: true, ...ran };

function found(outcome: Outcome, headers: string[] = []): Outcome {
  const { directives } = readDirectives(headers, newId());
  const evaluations = [{ evaluator: 'pii', evaluatorVersion: 'v1', outcome, atMs: 7 }];
  return inlineEvaluations({ evaluations, directives, credentials: ['sk-secret-1234'] }, redaction)![0]!.outcome;
}

describe('evaluations of guardrails', () => {
  it('lose what redaction finds in them, and credentials', () => {
    for (const outcome of [
      SCORED,
      FAILED,
      { outcome: 'abstained', reason: 'ada@example.com', ...ran },
      { outcome: 'skipped', reason: 'ada@example.com', ...ran },
    ] satisfies Outcome[]) {
      const text = JSON.stringify(found(outcome));
      expect(text).not.toContain('ada@');
      expect(text).not.toContain('sk-secret-1234');
      expect(text).toContain(outcome.outcome);
    }
  });

  it.each(['helicone-omit-request', 'gradeway-omit-response'])(
    'say nothing in words where a body is not stored: %s',
    (name) => {
      expect(found(SCORED, [name, 'true'])).toMatchObject({ printed: '', scores: [{ reason: null }] });
      expect(found(FAILED, [name, 'true'])).toMatchObject({ printed: '', message: '', code: 'threw' });
    },
  );

  it('are none where none looked', () => {
    const { directives } = readDirectives([], newId());
    expect(inlineEvaluations({ evaluations: [], directives, credentials: [] }, redaction)).toBeUndefined();
  });
});

describe('jobs beside evaluations of guardrails', () => {
  const log = newLog();
  const { directives } = readDirectives([], newId());
  const evaluations = inlineEvaluations({
    evaluations: [{ evaluator: 'pii', evaluatorVersion: 'v1', outcome: FAILED, atMs: 7 }],
    directives,
    credentials: [],
  });

  it('are not made for an evaluator that has looked', () => {
    const jobs = ['pii', 'tone', { name: 'pii', version: '2' }, { name: 'length', version: '1' }];
    expect(jobsBeside(jobs, log, { evaluations, later: undefined })).toEqual([
      'tone',
      { name: 'length', version: '1' },
    ]);
  });

  it('are made once for those that could not look while the call was under way, and that the log concerns', () => {
    const later = [
      { evaluator: 'tone', filter: undefined },
      { evaluator: 'tone', filter: undefined },
      { evaluator: 'pii', filter: undefined },
      { evaluator: 'length', filter: { field: 'model' as const, equals: log.model! } },
      { evaluator: 'other', filter: { field: 'model' as const, equals: 'another' } },
      { evaluator: 'ruled', filter: undefined },
    ];
    expect(jobsBeside(['ruled'], log, { evaluations, later })).toEqual(['ruled', 'tone', 'length']);
  });

  it('are those of the rules where no guardrail has to do with the call', () => {
    const jobs = ['tone'];
    expect(jobsBeside(jobs, log, { evaluations: undefined, later: undefined })).toBe(jobs);
  });
});
