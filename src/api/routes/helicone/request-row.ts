/**
 * A log as Helicone's row of a request: its field names, units and codes. What Helicone has no field for stands under
 * `gradeway`. Token fields follow Helicone's cut (cached and audio tokens are not in `prompt_tokens`, reasoning is not in
 * `completion_tokens`), but `total_tokens` counts all of them, and an unknown cost is null and never 0.
 */
import type { Log } from '../../../model/log.ts';
import { FEEDBACK, type Score } from '../../../model/score.ts';
import type { EvaluationRow } from '../../../store/evaluations.ts';
import type { LogRow } from '../../../store/store.ts';
import { isoTime } from './iso-time.ts';
import { wireScores } from './score-names.ts';

/** Helicone's statuses for calls without one of their own. */
const CANCELLED = -3;
const STREAM_TIMEOUT = -2;
const UNKNOWN = -100;

const PROVIDER_NAMES: Record<string, string> = { gemini: 'GOOGLE' };

export interface LogParts {
  log: Log;
  /** What the store knows beyond the log that evaluators see. */
  stored: Pick<LogRow, 'requestHeaders' | 'responseHeaders' | 'requestSha256' | 'responseSha256' | 'propertiesDropped'>;
  scores: Score[];
  /** Where one log alone is asked for. */
  alone?: {
    evaluations: EvaluationRow[];
    /** The own ids of the logs that share the request id, newest first, at most 100; each can be asked for by it. */
    logIds: string[];
    /** How many they are. */
    logsWithRequestId: number;
  };
  /** An address of the bodies that needs no key. */
  signedBodyUrl: string;
}

export function requestRow(parts: LogParts): Record<string, unknown> {
  const { log, stored, scores, alone, signedBodyUrl } = parts;
  const { requestBody, responseBody, ...readable } = log;
  const endedAtMs = log.startedAtMs + log.durationMs;
  const feedback = scores.find(({ name }) => name === FEEDBACK);
  const properties = propertiesOf(log);
  const url = urlOf(log);
  return {
    response_id: log.id,
    response_body: responseBody ?? null,
    response_created_at: isoTime(endedAtMs),
    response_status: statusOf(log),
    request_id: log.requestId,
    request_body: requestBody ?? null,
    request_path: url,
    request_created_at: isoTime(log.startedAtMs),
    request_user_id: log.userId,
    request_properties: properties,
    provider: providerName(log.upstream),
    delay_ms: Math.round(log.durationMs),
    request_model: log.modelAsked,
    response_model: log.modelAnswered,
    model: log.model,
    // Whatever model counts without being the one that answers usually count by, was named by Model-Override.
    model_override: log.model === (log.modelAnswered ?? log.modelAsked) ? null : log.model,
    ai_gateway_body_mapping: 'NO_MAPPING',
    time_to_first_token: log.firstTokenMs === null ? null : Math.round(log.firstTokenMs),
    ...tokensOf(log),
    country_code: null,
    scores: wireScores(scores),
    properties,
    asset_ids: [],
    assets: [],
    target_url: url,
    cache_reference_id: '00000000-0000-0000-0000-000000000000',
    cache_enabled: false,
    request_referrer: null,
    cost: log.costUsd,
    costUSD: log.costUsd,
    prompt_id: null,
    prompt_version: null,
    updated_at: isoTime(Math.max(endedAtMs, ...scores.map(({ atMs }) => atMs))),
    // On Helicone's wire this value says that the bodies stand in the row itself.
    storage_location: 'clickhouse',
    // Helicone gives one or the other; its clients read either.
    signed_body_url: signedBodyUrl,
    size_bytes: log.requestSize + log.responseSize,
    feedback_id: null,
    feedback_created_at: feedback ? isoTime(feedback.atMs) : null,
    feedback_rating: typeof feedback?.value === 'boolean' ? feedback.value : null,
    helicone_user: null,
    gradeway: {
      log: {
        ...readable,
        requestHeaders: stored.requestHeaders,
        responseHeaders: stored.responseHeaders,
        requestSha256: stored.requestSha256,
        responseSha256: stored.responseSha256,
        propertiesDropped: stored.propertiesDropped,
      },
      scores,
      ...alone,
    },
  };
}

/** Where the call went. The path has the target's base path in it; a target that is no URL (`custom`, none) adds nothing. */
function urlOf({ target, path }: Log): string {
  const url = URL.parse(target);
  return url === null ? path : `${url.protocol}//${url.host}${path}`;
}

export function providerName(upstream: string): string {
  return PROVIDER_NAMES[upstream] ?? upstream.toUpperCase();
}

export function statusOf(log: Pick<Log, 'ending' | 'errorCode' | 'status'>): number {
  if (log.ending === 'client_aborted') return CANCELLED;
  if (log.ending === 'timeout' && log.errorCode === null) return STREAM_TIMEOUT;
  return log.status ?? UNKNOWN;
}

function tokensOf({ usage }: Log): Record<string, number | null> {
  if (usage === null)
    return {
      total_tokens: null,
      prompt_tokens: null,
      completion_tokens: null,
      reasoning_tokens: null,
      prompt_cache_read_tokens: null,
      prompt_cache_write_tokens: null,
      prompt_audio_tokens: null,
      completion_audio_tokens: null,
    };
  const prompt = usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens - usage.audioInputTokens;
  const completion = usage.outputTokens - usage.reasoningTokens - usage.audioOutputTokens;
  return {
    total_tokens: usage.inputTokens + usage.outputTokens,
    prompt_tokens: Math.max(0, prompt),
    completion_tokens: Math.max(0, completion),
    reasoning_tokens: usage.reasoningTokens,
    prompt_cache_read_tokens: usage.cachedInputTokens,
    prompt_cache_write_tokens: usage.cacheWriteTokens,
    prompt_audio_tokens: usage.audioInputTokens,
    completion_audio_tokens: usage.audioOutputTokens,
  };
}

/** Session fields are properties there, and keep their case. */
export function propertiesOf(
  log: Pick<Log, 'properties' | 'sessionId' | 'sessionName' | 'sessionPath'>,
): Record<string, string> {
  const properties = new Map(Object.entries(log.properties));
  if (log.sessionId !== null) properties.set('Helicone-Session-Id', log.sessionId);
  if (log.sessionName !== null) properties.set('Helicone-Session-Name', log.sessionName);
  if (log.sessionPath !== null) properties.set('Helicone-Session-Path', log.sessionPath);
  return Object.fromEntries(properties);
}
