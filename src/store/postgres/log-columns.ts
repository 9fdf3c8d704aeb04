/** The columns of a log's row in the order in which they are inserted, each with its type and where its value comes from. */
import { flagsOf } from '../flags.ts';
import { propertiesJson } from '../log-parts.ts';
import type { NewLog } from '../store.ts';
import { cleaned } from './connection.ts';

/** A log with the numbers that it was given. */
export interface PlacedLog {
  log: NewLog;
  seq: number;
  project: number;
  block: number;
  slot: number;
}

type Column = [name: string, type: string, value: (placed: PlacedLog) => unknown];

const of = (name: string, type: string, value: (log: NewLog) => unknown): Column => [
  name,
  type,
  ({ log }) => value(log),
];

const COLUMNS: readonly Column[] = [
  ['seq', 'bigint', ({ seq }) => seq],
  of('id', 'uuid', (log) => log.id),
  ['project', 'int', ({ project }) => project],
  of('request_id', 'uuid', (log) => (log.requestId === log.id ? null : log.requestId)),
  of('upstream', 'text', (log) => log.upstream),
  of('provider', 'text', (log) => log.provider),
  of('target', 'text', (log) => log.target),
  of('method', 'text', (log) => log.method),
  of('path', 'text', (log) => log.path),
  of('model', 'text', (log) => log.model),
  of('model_asked', 'text', (log) => (log.modelAsked === log.model ? null : log.modelAsked)),
  of('model_answered', 'text', (log) => (log.modelAnswered === log.model ? null : log.modelAnswered)),
  of('flags', 'int', flagsOf),
  of('status', 'int', (log) => log.status),
  of('error_code', 'text', (log) => log.errorCode),
  of('ending', 'text', (log) => log.ending),
  of('started_at_ms', 'bigint', (log) => log.startedAtMs),
  of('first_byte_ms', 'float8', (log) => log.firstByteMs),
  of('first_token_ms', 'float8', (log) => log.firstTokenMs),
  of('duration_ms', 'float8', (log) => log.durationMs),
  of('input_tokens', 'bigint', ({ usage }) => usage && usage.inputTokens),
  of('cached_input_tokens', 'bigint', ({ usage }) => usage && usage.cachedInputTokens),
  of('cache_write_tokens', 'bigint', ({ usage }) => usage && usage.cacheWriteTokens),
  of('audio_input_tokens', 'bigint', ({ usage }) => usage && usage.audioInputTokens),
  of('output_tokens', 'bigint', ({ usage }) => usage && usage.outputTokens),
  of('reasoning_tokens', 'bigint', ({ usage }) => usage && usage.reasoningTokens),
  of('audio_output_tokens', 'bigint', ({ usage }) => usage && usage.audioOutputTokens),
  of('cost_usd', 'float8', (log) => log.costUsd),
  of('finish_reason', 'text', (log) => log.finishReason),
  of('user_id', 'text', (log) => log.userId),
  of('session_id', 'text', (log) => log.sessionId),
  of('session_name', 'text', (log) => log.sessionName),
  of('session_path', 'text', (log) => log.sessionPath),
  of('provider_response_id', 'text', (log) => log.providerResponseId),
  of('request_size', 'bigint', (log) => log.requestSize),
  of('response_size', 'bigint', (log) => log.responseSize),
  of('properties_dropped', 'int', (log) => log.propertiesDropped),
  of('parse_error', 'text', (log) => log.parseError),
  of('properties', 'text', ({ properties }) => (properties.size === 0 ? null : storableJson(properties))),
  ['block', 'bigint', ({ block }) => block],
  ['slot', 'int', ({ slot }) => slot],
];

/** Names and types, for who has rows already. */
export const LOG_COLUMNS: readonly [name: string, type: string][] = COLUMNS.map(([name, type]) => [name, type]);

/** Inserts any number of logs. */
export const INSERT_LOGS = `insert into logs (${COLUMNS.map(([name]) => name).join(', ')})
  select * from unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')})`;

/** What INSERT_LOGS is given. */
export function logValues(placed: readonly PlacedLog[]): unknown[][] {
  return COLUMNS.map(([, , value]) => placed.map((one) => value(one) ?? null));
}

/** In JSON, what PostgreSQL refuses is hidden in escapes until the text is read as JSON. */
export function storableJson(properties: Map<string, string>): string {
  return propertiesJson(new Map([...properties].map((pair) => cleaned(pair) as [string, string])));
}
