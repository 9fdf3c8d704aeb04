/**
 * What a webhook is sent of a log: Helicone's fields, those that its documentation speaks of (`requestId`, `response`), and
 * ours. Compact JSON whose keys keep their order when it is parsed and written again, as receivers verify it.
 *
 *     { request_id, request_body, response_body, requestId, response, log_id, user_id?,
 *       request_response_url?, model?, provider?, metadata?, status?, ending?, properties? }
 *
 * Bodies are JSON where they are JSON. There are no scores: evaluators have not looked yet when it is sent.
 */
import { readCall } from '../../../providers/read-call.ts';
import type { StoredLog } from '../../../store/store.ts';
import { propertiesOf, providerName, statusOf } from './request-row.ts';

/** A body that is only text, or was cut, is replaced where it is longer. */
const LONGEST_TEXT = 10_240;
const TOO_LARGE = 'Body too large for webhook, please fetch the full request and response from Helicone';

export interface PayloadOptions {
  /** Without it, ids and bodies alone are sent. */
  includeData: boolean;
  /** Where both bodies can be fetched without a key. */
  bodyUrl: string | undefined;
}

export function webhookPayload(log: StoredLog, { includeData, bodyUrl }: PayloadOptions): string {
  const { requestBody, responseBody } = readCall({ ...log, status: log.status ?? undefined });
  const [request, response] = [shortened(requestBody), shortened(responseBody)];
  return JSON.stringify({
    request_id: log.requestId,
    request_body: request,
    response_body: response,
    requestId: log.requestId,
    response,
    log_id: log.id,
    ...(log.userId === null ? {} : { user_id: log.userId }),
    ...(includeData ? dataOf(log, bodyUrl) : {}),
  });
}

function dataOf(log: StoredLog, bodyUrl: string | undefined): Record<string, unknown> {
  const { usage } = log;
  return {
    ...(bodyUrl === undefined ? {} : { request_response_url: bodyUrl }),
    model: log.model,
    provider: providerName(log.upstream),
    metadata: {
      cost: log.costUsd,
      promptTokens: usage && usage.inputTokens,
      completionTokens: usage && usage.outputTokens,
      totalTokens: usage && usage.inputTokens + usage.outputTokens,
      latencyMs: Math.round(log.durationMs),
    },
    status: statusOf(log),
    ending: log.ending,
    properties: propertiesOf({ ...log, properties: Object.fromEntries(log.properties) }),
  };
}

function shortened(body: unknown): unknown {
  if (typeof body === 'string') return body.length > LONGEST_TEXT ? TOO_LARGE : body;
  return body ?? null;
}
