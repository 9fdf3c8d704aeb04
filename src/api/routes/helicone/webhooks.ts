/**
 * Webhooks, as at Helicone, and what is beyond it: changing one, the record of deliveries, sending one again.
 *
 *     POST   /v1/webhooks       { destination, config: { sampleRate?, propertyFilters? }, includeData? }  -> 200 { data: [row] }
 *     GET    /v1/webhooks                                                     -> 200 { data: rows }
 *     PUT    /v1/webhooks/{id}  as POST, and { enabled? }                     -> 200 { data: row }
 *     DELETE /v1/webhooks/{id}                                                -> 201, also where there is none
 *     POST   /v1/webhooks/{id}/test                                           -> 200 { data: { success, message } }, or 400
 *     GET    /v1/webhooks/{id}/deliveries?limit=50&cursor=                    -> 200 { data: records, next }
 *     POST   /v1/webhooks/{id}/deliveries/{delivery}/redeliver                -> 201
 *
 * All need the scope admin: who may create one is sent everything, and rows show the key of signatures.
 */
import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../../errors.ts';
import { type Delivery, messageId, readMessageId } from '../../../model/delivery.ts';
import { isUuid, newId } from '../../../model/id.ts';
import { type Webhook, WEBHOOK_LIMITS } from '../../../model/webhook.ts';
import { destinationProblem } from '../../../webhooks/destination.ts';
import { standardSecret } from '../../../webhooks/signature.ts';
import { json, refuse } from '../../answers.ts';
import { readJson } from '../../body.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { sampleLog } from './sample-log.ts';
import { type GivenWebhook, invalid, readWebhook } from './webhook-body.ts';
import { webhookPayload } from './webhook-payload.ts';

/** The version of Helicone's payload that deliveries have. */
const VERSION = '2024-10-22';
const PAGE = { usual: 50, most: 100 };

export function webhookRoutes({ store, webhooks: parts }: ApiParts): Route[] {
  const find = async (context: ApiContext): Promise<Webhook> => {
    const id = context.req.param('id')!.toLowerCase();
    const all = await store.webhooks.list(context.var.principal.projectId);
    const found = all.find((webhook) => webhook.id === id);
    if (found === undefined) throw new GatewayError('not_found', { message: 'Webhook not found' });
    return found;
  };
  const read = async (context: ApiContext): Promise<GivenWebhook> => {
    const given = readWebhook(await readJson(context));
    const problem = destinationProblem(given.destination, parts.policy);
    if (problem !== undefined) throw invalid(problem);
    return given;
  };
  const routes: Omit<Route, 'scope'>[] = [
    {
      method: 'POST',
      path: '/v1/webhooks',
      async handle(context) {
        const { enabled, ...given } = await read(context);
        const nowMs = Date.now();
        const webhook: Webhook = {
          ...given,
          id: newId(),
          projectId: context.var.principal.projectId,
          hmacKey: randomBytes(32).toString('hex'),
          createdAtMs: nowMs,
          updatedAtMs: nowMs,
          ...standing(enabled, undefined, nowMs),
        };
        if (!(await store.webhooks.create(webhook, WEBHOOK_LIMITS.perProject)))
          throw invalid(`A project has at most ${WEBHOOK_LIMITS.perProject} webhooks. Delete one first.`);
        await parts.changed();
        return json({ data: [rowOf(webhook)], error: null });
      },
    },
    {
      method: 'GET',
      path: '/v1/webhooks',
      async handle(context) {
        const all = await store.webhooks.list(context.var.principal.projectId);
        return json({ data: all.map(rowOf), error: null });
      },
    },
    {
      method: 'PUT',
      path: '/v1/webhooks/:id',
      async handle(context) {
        const before = await find(context);
        const { enabled, ...given } = await read(context);
        const nowMs = Date.now();
        const webhook = { ...before, ...given, updatedAtMs: nowMs, ...standing(enabled, before, nowMs) };
        if (!(await store.webhooks.update(webhook)))
          throw new GatewayError('not_found', { message: 'Webhook not found' });
        await parts.changed();
        parts.wake();
        return json({ data: rowOf(webhook), error: null });
      },
    },
    {
      method: 'DELETE',
      path: '/v1/webhooks/:id',
      async handle(context) {
        const id = context.req.param('id')!;
        if (isUuid(id) && (await store.webhooks.remove(context.var.principal.projectId, id))) await parts.changed();
        return json({ data: null, error: null }, 201);
      },
    },
    {
      method: 'POST',
      path: '/v1/webhooks/:id/test',
      async handle(context) {
        const { id, destination, hmacKey, includeData, projectId } = await find(context);
        const log = sampleLog(projectId, Date.now());
        const body = webhookPayload(log, { includeData, bodyUrl: undefined });
        const { attempt, ending } = await parts.send({ destination, hmacKey, id: messageId(id, log.id), body });
        // Helicone answers 500; what the receiver did is no failure of ours.
        if (ending !== 'delivered') throw new GatewayError('webhook_failed', { message: attempt.error! });
        const message = `The receiver answered ${attempt.status} after ${Math.round(attempt.durationMs)} ms.`;
        return json({ data: { success: true, message }, error: null });
      },
    },
    {
      method: 'GET',
      path: '/v1/webhooks/:id/deliveries',
      async handle(context) {
        const { id, projectId } = await find(context);
        const page = await store.deliveries.list(projectId, id, readPage(context));
        if (page === undefined) throw new GatewayError('not_found', { message: 'Webhook not found' });
        const next = page.next === null ? null : String(page.next);
        return json({ data: page.deliveries.map(recordOf), next, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/webhooks/:id/deliveries/:delivery/redeliver',
      async handle(context) {
        const { id, projectId } = await find(context);
        const delivery = readMessageId(context.req.param('delivery')!);
        const found = delivery?.webhookId === id && (await store.deliveries.again(projectId, delivery, Date.now()));
        if (!found)
          throw new GatewayError('not_found', {
            message: 'There is no such delivery of this webhook, or it is being sent at the moment.',
          });
        parts.wake();
        return json({ data: null, error: null }, 201);
      },
    },
  ];
  return routes.map((route) => ({ ...route, scope: 'admin' }));
}

function standing(
  enabled: boolean,
  before: Webhook | undefined,
  nowMs: number,
): Pick<Webhook, 'disabledAtMs' | 'disabledReason'> {
  if (enabled) return { disabledAtMs: null, disabledReason: null };
  return { disabledAtMs: before?.disabledAtMs ?? nowMs, disabledReason: before?.disabledReason ?? 'By request.' };
}

function readPage(context: ApiContext): { limit: number; cursor: number | null } {
  const { limit = String(PAGE.usual), cursor } = context.req.query();
  const problems = new Map<string, { message: string; value: unknown }>();
  if (!/^\d{1,9}$/.test(limit) || Number(limit) < 1 || Number(limit) > PAGE.most)
    problems.set('limit', { message: `send a whole number from 1 to ${PAGE.most}`, value: limit.toWellFormed() });
  if (cursor !== undefined && !/^\d{1,15}$/.test(cursor))
    problems.set('cursor', { message: 'send what the page before had as `next`', value: cursor.toWellFormed() });
  refuse(problems);
  return { limit: Number(limit), cursor: cursor === undefined ? null : Number(cursor) };
}

function rowOf(webhook: Webhook): Record<string, unknown> {
  const { id, destination, samplePercent, propertyFilters, includeData, hmacKey } = webhook;
  return {
    id,
    created_at: iso(webhook.createdAtMs),
    destination,
    version: VERSION,
    config: { sampleRate: samplePercent, propertyFilters, includeData },
    hmac_key: hmacKey,
    signing_secret: standardSecret(hmacKey),
    updated_at: iso(webhook.updatedAtMs),
    enabled: webhook.disabledAtMs === null,
    disabled_reason: webhook.disabledReason,
  };
}

function recordOf(delivery: Delivery): Record<string, unknown> {
  const { webhookId, logId, requestId, state, attempts, createdAtMs, last, nextAttemptAtMs } = delivery;
  return {
    id: messageId(webhookId, logId),
    log_id: logId,
    request_id: requestId,
    state,
    attempts,
    created_at: iso(createdAtMs),
    last_attempt: last && {
      at: iso(last.atMs),
      status: last.status,
      error: last.error,
      answer: last.answer,
      duration_ms: last.durationMs,
    },
    next_attempt_at: nextAttemptAtMs === null ? null : iso(nextAttemptAtMs),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
