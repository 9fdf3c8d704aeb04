/** What an answer that is an error says about the provider: told apart, so that who reads it knows what to do. */
import type { ModelAnswer } from '../../model-call.ts';
import type { Failure } from './verdict.ts';

/** Wait after a 429 that names none. */
const RATE_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 3_600_000;

const OUT_OF_CREDIT =
  /insufficient_quota|exceeded your current quota|credit balance is too low|insufficient (?:credits?|balance|funds)|billing/i;
const UNKNOWN_MODEL =
  /model_not_found|(?:model|deployment)\b[\s\S]{0,120}(?:not exist|not found|is not supported)|not_found_error|DeploymentNotFound|models\/\S+ is not found/i;
const UNAUTHORIZED = /API_KEY_INVALID|API key not valid|invalid_api_key/i;

/** Undefined: it is a bad request, which may be our structured output. */
export function readProviderFailure({ status, headers, body }: ModelAnswer): Failure | undefined {
  const text = new TextDecoder().decode(body.subarray(0, 4096));
  const message = `The provider answered ${status}: ${messageOf(text)}`;
  const fail = (code: Failure['code'], retryable = false): Failure => ({ code, message, retryable });
  // Gradeway's own errors: no such upstream, or it cannot be reached.
  if (headers['gradeway-error'] !== undefined) return fail('provider_failed', status >= 500);
  if (status === 402 || ((status === 429 || status === 400 || status === 403) && OUT_OF_CREDIT.test(text)))
    return fail('provider_out_of_credit');
  if (status === 401 || status === 403 || (status === 400 && UNAUTHORIZED.test(text)))
    return fail('provider_unauthorized');
  if (status === 404 || (status === 400 && UNKNOWN_MODEL.test(text))) return fail('provider_unknown_model');
  if (status === 429) return fail('provider_rate_limited', true);
  if (status === 400 || status === 422) return undefined;
  return fail('provider_failed', status >= 500 || status === 408 || status === 409);
}

/** How long a provider that has enough asks to be left alone. */
export function retryAfterMs(headers: Record<string, string>, nowMs: number): number {
  const value = headers['retry-after'];
  if (value === undefined) return RATE_WAIT_MS;
  const seconds = Number(value);
  const waitMs = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(value) - nowMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS) : RATE_WAIT_MS;
}

export function messageOf(text: string): string {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    if (typeof error?.message === 'string') return error.message.slice(0, 500);
  } catch {
    // Not JSON, or cut: shown as it is.
  }
  return text.slice(0, 300);
}
