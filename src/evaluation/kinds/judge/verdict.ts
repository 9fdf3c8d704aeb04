/**
 * What came back from the model, as an outcome: a score where the answer is whole, is JSON and is on the scale; else a
 * failure that says what it was. Nothing is guessed: an answer that is almost a verdict is none.
 */
import type { Provider } from '../../../model/exchange.ts';
import type { FailureCode, Outcome } from '../../../model/outcome.ts';
import { costOf } from '../../../providers/price.ts';
import { type CallReading, readCall } from '../../../providers/read-call.ts';
import type { ModelAnswer } from '../../model-call.ts';
import { RESULT_LIMITS } from '../../result.ts';
import { offScale, type Scale } from './scale.ts';
import type { WireRequest } from './wire.ts';

export type Verdict = { value: boolean | number | string; reason: string } | Failure;
export interface Failure {
  code: FailureCode;
  message: string;
  retryable: boolean;
}

const CUT = /^(?:length|max_tokens|MAX_TOKENS|model_length)$/;
const FILTERED = /^(?:content_filter|refusal|SAFETY|RECITATION|BLOCKLIST|PROHIBITED_CONTENT|SPII|IMAGE_SAFETY)$/;

export interface Judgment {
  verdict: Verdict;
  /** USD; null where it is not known. */
  costUsd: number | null;
}

/** Reads an answer of status 2xx. Never throws. */
export function readJudgment(
  provider: Provider,
  request: WireRequest & { upstream: string },
  answer: ModelAnswer,
  scale: Scale,
): Judgment {
  const call = readCall({
    provider,
    path: request.path,
    status: answer.status,
    requestHeaders: request.headers,
    responseHeaders: answer.headers,
    requestBody: Buffer.from(request.body),
    responseBody: answer.body,
    requestTruncated: false,
    responseTruncated: false,
  });
  const { upstream } = request;
  const { usage, modelAnswered, modelAsked, reportedCostUsd } = call;
  const model = modelAnswered ?? modelAsked;
  const costUsd = costOf({ provider, upstream, model, usage, reportedCostUsd, atMs: Date.now() });
  return { verdict: verdictOf(call, scale), costUsd };
}

function verdictOf({ output, toolCalls, finishReason }: CallReading, scale: Scale): Verdict {
  if (output.refusal !== null && output.refusal !== '')
    return failure('judge_refused', `The model refused: ${output.refusal.slice(0, 500)}`);
  if (finishReason !== null && FILTERED.test(finishReason))
    return failure('judge_refused', `The model's answer was withheld (${finishReason}).`);
  if (finishReason !== null && CUT.test(finishReason))
    return failure('judge_truncated', `The answer reached maxTokens before it was whole (${finishReason}). Set more.`);
  const text = toolCalls[0]?.arguments ?? output.text;
  const object = parseObject(text);
  if (object === undefined)
    return failure('invalid_result', `The answer is not a JSON object with reason and verdict: ${shown(text)}`, true);
  const { reason, verdict } = object;
  if (typeof reason !== 'string') return failure('invalid_result', 'The answer has no "reason" that is a text.', true);
  const problem = offScale(verdict, scale);
  if (problem !== undefined)
    return failure('invalid_result', `The verdict ${shown(JSON.stringify(verdict))} ${problem}.`, true);
  return { value: verdict as boolean | number | string, reason: reason.slice(0, RESULT_LIMITS.reason) };
}

export function outcomeOf(verdict: Verdict, name: string, durationMs: number): Outcome {
  if ('code' in verdict) return { outcome: 'failed', ...verdict, durationMs, printed: '' };
  return { outcome: 'scored', scores: [{ name, ...verdict }], durationMs, printed: '' };
}

/** Whole text, or the one fenced block that models without structured output like to put around it. */
function parseObject(text: string): Record<string, unknown> | undefined {
  const inner = /^\s*```(?:json)?\s*\n([\s\S]*?)\n\s*```\s*$/.exec(text)?.[1] ?? text;
  try {
    const value: unknown = JSON.parse(inner);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function failure(code: FailureCode, message: string, retryable = false): Failure {
  return { code, message, retryable };
}

function shown(text: string | undefined): string {
  return text === undefined ? '(absent)' : text.length > 120 ? `${text.slice(0, 120)}...` : text;
}
