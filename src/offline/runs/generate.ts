/**
 * One output from a model: a call by the gateway's own path, tried again where the provider asks for it. The call's log is the
 * output, and has an id that we choose.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, retryAfterMs } from '../../evaluation/kinds/judge/provider-failure.ts';
import type { CallModel, ModelAnswer } from '../../evaluation/model-call.ts';
import { newId } from '../../model/id.ts';
import { backoffMs } from '../../queue/backoff.ts';
import type { ModelRequest } from './write-request.ts';

export interface Generation {
  projectId: string;
  upstream: string;
  request: ModelRequest;
  /** Put on the log. */
  properties: Record<string, string>;
}

export type Generated = { logId: string; durationMs: number } | { failure: string; isProvider: boolean };

export interface GenerateOptions {
  callModel: CallModel;
  signal: AbortSignal;
  /** Waits between tries, for tests. */
  backoff?: { firstMs: number; longestMs: number };
}

const TRIES = 5;
const TIMEOUT_MS = 600_000;
const BACKOFF = { firstMs: 1000, longestMs: 60_000 };

/**
 * Asks until there is an answer, a refusal that asking again does not mend, or it was tried five times. Rejects with the
 * signal's reason where it is aborted.
 */
export async function generate(
  { projectId, upstream, request, properties }: Generation,
  { callModel, signal, backoff = BACKOFF }: GenerateOptions,
): Promise<Generated> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    const logId = newId();
    const startedMs = performance.now();
    const answer = await callModel({
      projectId,
      upstream,
      path: request.path,
      headers: request.headers,
      logId,
      body: request.body,
      properties,
      timeoutMs: TIMEOUT_MS,
    });
    if (answer !== undefined && answer.status < 300) return { logId, durationMs: performance.now() - startedMs };
    if (tries === TRIES || !isWorthATry(answer))
      return { failure: failureOf(answer), isProvider: isInfrastructure(answer) };
    const asked = answer?.status === 429 ? retryAfterMs(answer.headers, Date.now()) : 0;
    await sleep(Math.max(asked, backoffMs(tries, backoff)), undefined, { signal });
  }
}

function isWorthATry(answer: ModelAnswer | undefined): boolean {
  return answer === undefined || answer.status === 408 || answer.status === 429 || answer.status >= 500;
}

/** The provider's fault and not that of what was asked. */
function isInfrastructure(answer: ModelAnswer | undefined): boolean {
  return isWorthATry(answer) || answer?.status === 401 || answer?.status === 402 || answer?.status === 403;
}

function failureOf(answer: ModelAnswer | undefined): string {
  if (answer === undefined) return `There was no whole answer within ${TIMEOUT_MS / 1000} s.`;
  return `The provider answered ${answer.status}: ${messageOf(new TextDecoder().decode(answer.body))}`;
}
