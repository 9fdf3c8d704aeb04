/** What the code of an evaluator is called with: in JavaScript our log, in Python a dict with the names that Humanloop gave. */
import type { Log } from '../../../model/log.ts';
import { FEEDBACK, type Score } from '../../../model/score.ts';
import type { GuestCall } from '../../../sandbox/guest.ts';
import type { Datapoint } from '../../define.ts';
import type { CallsFrame } from './protocol.ts';

/** Members of a log that a client can ask not to store. */
const OF = {
  javascript: { request: ['input', 'requestBody'], response: ['output', 'toolCalls', 'responseBody'] },
  python: { request: ['messages'], response: ['output', 'tool_calls'] },
} as const;

/** What a source must mention to be given the scores of its log: they are looked up. */
const OF_SCORES = /\b(?:scores|feedback)\b/;

export function wantsScores(source: string): boolean {
  return OF_SCORES.test(source);
}

/** A call as JSON; with scores and feedback where they were looked up. */
export function callFor(
  language: CallsFrame['language'],
  log: Log,
  { datapoint, scores }: { datapoint?: Datapoint | undefined; scores?: readonly Score[] | undefined },
): string {
  const hidden: GuestCall['hidden'] = {};
  if (log.requestOmitted) hidden.request = [...OF[language].request];
  if (log.responseOmitted) hidden.response = [...OF[language].response];
  const seen: Record<string, unknown> = language === 'python' ? pythonLog(log) : { ...log };
  if (scores) Object.assign(seen, scoresOf(language, scores));
  for (const key of Object.values(hidden).flat()) delete seen[key];
  const call: GuestCall = { log: seen, datapoint: datapoint ?? null, hidden };
  return JSON.stringify(call);
}

function pythonLog(log: Log): Record<string, unknown> {
  return {
    id: log.id,
    model_config: { model: log.model, provider: log.provider, stream: log.stream },
    // Humanloop's are the values of a prompt's variables; here they are what the client told of its call.
    inputs: log.properties,
    messages: log.input.map(({ role, text, toolCalls, toolCallId }) => ({
      role,
      content: text,
      ...(toolCalls && { tool_calls: toolCalls }),
      ...(toolCallId !== undefined && { tool_call_id: toolCallId }),
    })),
    output: log.output.text,
    tool_calls: log.toolCalls,
    provider_latency: log.durationMs / 1000,
    metadata: log.properties,
    created_at: new Date(log.startedAtMs).toISOString(),
    error: errorOf(log),
    finish_reason: log.finishReason,
    properties: log.properties,
    usage: log.usage,
    cost: log.costUsd,
  };
}

/** Name -> value, of several of one name the newest; feedback as a list, the oldest first. */
function scoresOf(language: CallsFrame['language'], scores: readonly Score[]): Record<string, unknown> {
  const inOrder = scores.toSorted((a, b) => a.atMs - b.atMs);
  const at = language === 'python' ? 'created_at' : 'createdAt';
  return {
    scores: Object.fromEntries(inOrder.map(({ name, value }) => [name, value])),
    feedback: inOrder
      .filter(({ name }) => name === FEEDBACK)
      .map(({ value, atMs }) => ({ type: 'rating', value, [at]: new Date(atMs).toISOString() })),
  };
}

function errorOf({ errorCode, status, ending }: Log): string | null {
  if (errorCode !== null) return errorCode;
  if (status !== null && status >= 400) return `status ${status}`;
  return ending === 'ended' ? null : ending;
}
