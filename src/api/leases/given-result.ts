/** What people and workers say of a log, read strictly: by the evaluator's own scale, and without what redaction strikes out. */
import { RESULT_LIMITS, readResult } from '../../evaluation/result.ts';
import type { Definition } from '../../model/definition.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { ScoreValue } from '../../model/score.ts';
import { refuse } from '../answers.ts';
import type { ApiParts } from '../route.ts';

/** `returned` is as an evaluator returns it. Throws 422, naming `member` of the body, for what is not of the scale. */
export function readGiven(
  parts: Pick<ApiParts, 'redact'>,
  { name, returns, range, options }: Definition,
  returned: unknown,
  { durationMs, member }: { durationMs: number; member: string },
): Outcome {
  const reading = readResult(returned, returns, name, { range, options });
  if (reading.outcome === 'invalid') {
    refuse(new Map([[`body.${member}`, { message: reading.message }]]));
    throw new Error('unreachable');
  }
  const ran = { durationMs, printed: '' };
  if (reading.outcome === 'abstained')
    return { outcome: 'abstained', reason: reading.reason && cleanText(parts, reading.reason), ...ran };
  const scores = reading.scores.map((score) => ({ ...score, reason: score.reason && cleanText(parts, score.reason) }));
  return { outcome: 'scored', scores, ...ran };
}

/** What a program sent, of which exactly one of value, scores, abstain and failure is there. */
export interface GivenResult {
  value?: ScoreValue | undefined;
  reason?: string | undefined;
  scores?: Record<string, unknown> | undefined;
  abstain?: true | undefined;
  failure?: { message: string; retryable: boolean } | undefined;
}

/** Throws 422 as `readGiven` does. */
export function readGivenResult(
  parts: Pick<ApiParts, 'redact'>,
  definition: Definition,
  { value, reason, scores, failure }: GivenResult,
  durationMs: number,
): Outcome {
  if (failure) {
    const message = cleanText(parts, failure.message);
    return { outcome: 'failed', code: 'threw', message, retryable: failure.retryable, durationMs, printed: '' };
  }
  // As an evaluator would have returned it.
  const returned = scores === undefined ? { value: value ?? null, reason } : { scores };
  return readGiven(parts, definition, returned, { durationMs, member: scores === undefined ? 'value' : 'scores' });
}

/** As it may be stored. */
export function cleanText(parts: Pick<ApiParts, 'redact'>, text: string): string {
  return parts.redact(text).toWellFormed().replaceAll('\0', '').slice(0, RESULT_LIMITS.reason);
}
