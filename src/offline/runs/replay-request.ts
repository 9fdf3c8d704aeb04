/**
 * A request that was recorded, to be sent again to another model or with another system prompt: the conversation with its tool
 * results, tools and parameters as they were, so that what differs in the answers is what was changed.
 */
import { createHash } from 'node:crypto';
import type { Provider } from '../../model/exchange.ts';
import type { ReplayConfig } from '../../model/run.ts';
import type { StoredLog } from '../../store/store.ts';
import { readCall } from '../../providers/read-call.ts';
import type { ModelRequest } from './write-request.ts';

/** The request for a log, or why there is none. Streams are asked for whole: their answer is the same. */
export function replayedRequest(
  log: StoredLog | undefined,
  config: ReplayConfig,
  upstreams: ReadonlyMap<string, Provider>,
): ModelRequest | string {
  if (log === undefined) return 'The log that the datapoint was made from is gone.';
  if (log.requestOmitted || log.requestBody === undefined) return 'The request of the log was not stored.';
  if (log.requestTruncated) return 'The request of the log was stored in part only.';
  const upstream = config.upstream ?? log.upstream;
  const provider = upstreams.get(upstream);
  if (provider === undefined) return `There is no upstream "${upstream}" any more.`;
  if (familyOf(provider) !== familyOf(log.provider))
    return `The request was written for ${log.provider}, and "${upstream}" speaks ${provider}.`;
  const path = /\/(?:v1beta|v1|openai\/v1)\/[^?]*/.exec(log.path)?.[0];
  const { requestBody } = readCall({ ...log, status: log.status ?? undefined });
  if (log.method !== 'POST' || path === undefined || !isObject(requestBody))
    return 'The log is of no call to a model with a JSON body.';
  const { stream: _stream, stream_options: _options, ...body } = requestBody;
  const changed = {
    ...withSystem(body, config.system, provider),
    ...(config.model === undefined || provider === 'gemini' ? {} : { model: config.model }),
    ...config.parameters,
  };
  const target = provider === 'gemini' ? geminiPath(path, config.model) : path;
  const text = JSON.stringify(changed);
  const hash = createHash('sha256').update(`${upstream}\n${target}\n${text}`).digest('hex');
  const version = log.requestHeaders['anthropic-version'];
  const headers = {
    'content-type': 'application/json',
    ...(provider === 'anthropic' ? { 'anthropic-version': version ?? '2023-06-01' } : {}),
  };
  return { upstream, path: target, headers, body: text, hash };
}

/** Azure's requests are OpenAI's. */
function familyOf(provider: Provider): string {
  return provider === 'azure' ? 'openai' : provider;
}

function geminiPath(path: string, model: string | undefined): string {
  const whole = path.replace(/:streamGenerateContent$/, ':generateContent');
  return model === undefined ? whole : whole.replace(/\/models\/[^:/]+/, `/models/${encodeURIComponent(model)}`);
}

/** The system prompt in place of the one that was sent, or before the conversation where there was none. */
function withSystem(
  body: Record<string, unknown>,
  system: string | undefined,
  provider: Provider,
): Record<string, unknown> {
  if (system === undefined) return body;
  if (provider === 'anthropic') return { ...body, system };
  if (provider === 'gemini') return { ...body, systemInstruction: { parts: [{ text: system }] } };
  if (!Array.isArray(body.messages)) return { ...body, instructions: system };
  const others = (body.messages as { role?: unknown }[]).filter(
    ({ role }) => role !== 'system' && role !== 'developer',
  );
  return { ...body, messages: [{ role: 'system', content: system }, ...others] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
