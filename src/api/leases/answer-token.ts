/** What a receiver may post the scores of one log with, without a key: which log and which evaluator in which version, signed. */
import type { AnswerFor } from '../../evaluation/receivers.ts';
import { readToken, signToken } from '../signed-token.ts';

export interface AnswerToken extends AnswerFor {
  sentAtMs: number;
  expiresAtMs: number;
}

/** Where they are posted to. */
export const LATER_ANSWERS_PATH = '/api/v1/answers';

const PURPOSE = 'answer';

export function writeAnswerToken(token: AnswerToken, secret: Uint8Array): string {
  return signToken(PURPOSE, token, secret);
}

/** Undefined where it is none of ours, or too old. */
export function readAnswerToken(
  token: string,
  { secret, nowMs }: { secret: Uint8Array; nowMs: number },
): AnswerToken | undefined {
  const read = readToken(PURPOSE, token, secret) as AnswerToken | undefined;
  return read !== undefined && read.expiresAtMs > nowMs ? read : undefined;
}
