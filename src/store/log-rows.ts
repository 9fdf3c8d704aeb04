/** From the columns of a log's row, and the parts of its slot, to the log as the rest of Gradeway knows it. */
import type { InferSelectModel } from 'drizzle-orm';
import type { Ending } from '../model/ending.ts';
import type { Provider } from '../model/exchange.ts';
import type { Usage } from '../model/usage.ts';
import type { StoredLog } from './store.ts';
import type { SlotParts } from './blocks.ts';
import { type Flags, readFlags } from './flags.ts';
import type { logs } from './sqlite/schema.ts';

type Row = InferSelectModel<typeof logs>;

interface Extras {
  q?: Record<string, string>;
  r?: Record<string, string>;
  qh?: string;
  rh?: string;
}

export function logOf(row: Row, projectId: string, parts: SlotParts | undefined): StoredLog {
  const { flags, model, requestId, properties } = row;
  const is = readFlags(flags);
  const extras = parts ? (JSON.parse(Buffer.from(parts.extras).toString()) as Extras) : {};
  return {
    id: row.id,
    requestId: requestId ?? row.id,
    projectId,
    upstream: row.upstream,
    provider: row.provider as Provider,
    target: row.target,
    method: row.method,
    path: row.path,
    model,
    modelAsked: is.noneAsked ? null : (row.modelAsked ?? model),
    modelAnswered: is.noneAnswered ? null : (row.modelAnswered ?? model),
    status: row.status,
    errorCode: row.errorCode,
    ending: row.ending as Ending,
    stream: is.stream,
    startedAtMs: row.startedAtMs,
    firstByteMs: row.firstByteMs,
    firstTokenMs: row.firstTokenMs,
    durationMs: row.durationMs,
    usage: usageOf(row, is),
    costUsd: row.costUsd,
    finishReason: row.finishReason,
    userId: row.userId,
    sessionId: row.sessionId,
    sessionName: row.sessionName,
    sessionPath: row.sessionPath,
    providerResponseId: row.providerResponseId,
    requestSize: row.requestSize,
    responseSize: row.responseSize,
    propertiesDropped: row.propertiesDropped,
    parseError: row.parseError,
    requestTruncated: is.requestTruncated,
    responseTruncated: is.responseTruncated,
    requestOmitted: is.requestOmitted,
    responseOmitted: is.responseOmitted,
    requestSha256: extras.qh ?? null,
    responseSha256: extras.rh ?? null,
    requestHeaders: extras.q ?? {},
    responseHeaders: extras.r ?? {},
    properties: propertiesOf(properties),
    requestBody: parts?.request,
    responseBody: parts?.response,
  };
}

/** JSON.parse keeps `__proto__` as an own key, so that nothing is lost on the way into the map. */
function propertiesOf(json: string | null): Map<string, string> {
  return new Map(json === null ? [] : Object.entries(JSON.parse(json) as Record<string, string>));
}

function usageOf(row: Row, is: Flags): Usage | null {
  if (row.inputTokens === null) return null;
  return {
    inputTokens: row.inputTokens,
    cachedInputTokens: row.cachedInputTokens ?? 0,
    cacheWriteTokens: row.cacheWriteTokens ?? 0,
    audioInputTokens: row.audioInputTokens ?? 0,
    outputTokens: row.outputTokens ?? 0,
    reasoningTokens: row.reasoningTokens ?? 0,
    audioOutputTokens: row.audioOutputTokens ?? 0,
    estimated: is.usageEstimated,
  };
}
