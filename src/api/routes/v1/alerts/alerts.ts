/** Alerts at /api/v1: made, changed, listed with where they stand, tried and deleted. Checking them is the gateway's own business. */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { messageOf } from '../../../../alerts/message.ts';
import { windowsOf } from '../../../../alerts/question.ts';
import { sentenceOf } from '../../../../alerts/sentence.ts';
import { GatewayError } from '../../../../errors.ts';
import { type Alert, type AlertSpec, alertSpecSchema, type Found, MOST_ALERTS } from '../../../../model/alert.ts';
import { newId } from '../../../../model/id.ts';
import { mayDo, type Principal } from '../../../../model/key.ts';
import { noticeId } from '../../../../webhooks/deliver-notices.ts';
import { destinationProblem } from '../../../../webhooks/destination.ts';
import { standardSecret } from '../../../../webhooks/signature.ts';
import { refuse } from '../../../answers.ts';
import { readCursor, writeCursor } from '../../../cursor.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import type { ApiParts } from '../../../route.ts';
import { pageCursor, pageLimit } from '../schemas.ts';
import {
  alertEventSchema,
  alertParams,
  alertSchema,
  namelessAlertSchema,
  type ShownAlert,
  shownAlert,
  shownEvent,
} from './schemas.ts';

export function alertRoutes({ store: { alerts }, webhooks }: ApiParts): DescribedRoute[] {
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/alerts',
      scope: 'read',
      tag: 'alerts',
      summary: 'Alerts and where they stand',
      answers: { 200: { description: 'By name.', schema: z.object({ alerts: z.array(alertSchema) }) } },
      async handle({ principal }) {
        const all = await alerts.list(principal.projectId);
        return { alerts: all.map((one) => shownAlert(one, mayDo(principal, 'admin'))) };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/alerts',
      scope: 'admin',
      tag: 'alerts',
      summary: 'Make an alert',
      description:
        'It is checked every `alertChecks.everyMs`. It fires when the interval of what it watches lies beyond the limit, and is resolved when the value itself is back within it.',
      body: alertSpecSchema,
      answers: { 201: { description: 'As it was made, unchecked.', schema: alertSchema } },
      async handle({ body, principal }) {
        if ((await alerts.find(principal.projectId, body.name)) !== undefined)
          throw new GatewayError('conflict', {
            message: `There is an alert "${body.name}" already. PUT /api/v1/alerts/${body.name} changes it.`,
          });
        return put(principal, body);
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/alerts/:alert',
      scope: 'read',
      tag: 'alerts',
      summary: 'One alert and where it stands',
      params: alertParams,
      answers: { 200: { description: 'With what its last check found.', schema: alertSchema } },
      handle: async ({ params, principal }) =>
        shownAlert(await find(principal.projectId, params.alert), mayDo(principal, 'admin')),
    }),
    describedRoute({
      method: 'PUT',
      path: '/api/v1/alerts/:alert',
      scope: 'admin',
      tag: 'alerts',
      summary: 'Make an alert, or change it',
      description:
        'One that is changed is checked anew; if it fired, it will still be told when that is over. The same again changes nothing.',
      params: alertParams,
      body: namelessAlertSchema,
      answers: { 200: { description: 'As it is now.', schema: alertSchema } },
      handle: async ({ params, body, principal }) => put(principal, { ...body, name: params.alert }),
    }),
    describedRoute({
      method: 'DELETE',
      path: '/api/v1/alerts/:alert',
      scope: 'admin',
      tag: 'alerts',
      summary: 'Delete an alert with its history',
      description: 'Nobody is told; what was not sent yet is not sent any more.',
      params: alertParams,
      answers: {
        200: { description: 'It is deleted.', schema: z.object({ name: z.string(), deleted: z.literal(true) }) },
      },
      async handle({ params: { alert: name }, principal: { projectId } }) {
        const { managedBy } = await find(projectId, name);
        if (managedBy === 'config') throw managed(name);
        if (!(await alerts.remove(projectId, name, 'api'))) throw unknownAlert(name);
        return { name, deleted: true };
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/alerts/:alert/history',
      scope: 'read',
      tag: 'alerts',
      summary: 'What became of an alert, and who was told',
      description: 'The last 1,000 entries of the last 30 days.',
      params: alertParams,
      query: z.object({ limit: pageLimit, cursor: pageCursor }),
      answers: {
        200: {
          description: 'The newest first.',
          schema: z.object({ events: z.array(alertEventSchema), next: z.string().nullable() }),
        },
      },
      async handle({ params: { alert: name }, query: { limit, cursor }, principal: { projectId } }) {
        const { id } = await find(projectId, name);
        const about = ['alert', id];
        const after = cursor === undefined ? null : readCursor(cursor, about).seq;
        const page = await alerts.history(projectId, name, { limit, cursor: after });
        if (page === undefined) throw unknownAlert(name);
        return {
          events: page.records.map(shownEvent),
          next: page.next === null ? null : writeCursor({ startedAtMs: 0, seq: page.next }, about),
        };
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/alerts/:alert/secret',
      scope: 'admin',
      tag: 'alerts',
      summary: 'What the messages of an alert are signed with',
      description: 'In the form in which libraries of Standard Webhooks take it.',
      params: alertParams,
      answers: {
        200: {
          description: 'The same as long as the alert is there.',
          schema: z.object({ signingSecret: z.string() }),
        },
      },
      handle: async ({ params, principal: { projectId } }) => ({
        signingSecret: standardSecret((await find(projectId, params.alert)).hmacKey),
      }),
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/alerts/:alert/test',
      scope: 'admin',
      tag: 'alerts',
      summary: 'Send a test message',
      description:
        'Of the type `alert.test`, with numbers that are made up, to the destination of the alert; once, while you wait. 400 `webhook_failed` where the receiver does not take it.',
      params: alertParams,
      answers: {
        200: {
          description: 'The receiver took it.',
          schema: z.object({ status: z.number().describe('What it answered.'), durationMs: z.number() }),
        },
      },
      async handle({ params, principal: { projectId } }) {
        const alert = await find(projectId, params.alert);
        const { attempt, ending } = await webhooks.send({
          destination: alert.spec.destination,
          hmacKey: alert.hmacKey,
          id: noticeId(newId()),
          body: testMessage(alert, Date.now()),
        });
        if (ending !== 'delivered') throw new GatewayError('webhook_failed', { message: attempt.error! });
        return { status: attempt.status!, durationMs: attempt.durationMs };
      },
    }),
  ];

  /** Throws `not_found`. */
  async function find(projectId: string, name: string): Promise<Alert> {
    const found = await alerts.find(projectId, name);
    if (found === undefined) throw unknownAlert(name);
    return found;
  }

  async function put(principal: Principal, spec: AlertSpec): Promise<ShownAlert> {
    const { projectId } = principal;
    const problem = destinationProblem(spec.destination, webhooks.policy);
    if (problem !== undefined) refuse(new Map([['body.destination', { message: problem }]]));
    const done = await alerts.put(projectId, spec, {
      id: newId(),
      hmacKey: randomBytes(32).toString('hex'),
      managedBy: 'api',
      most: MOST_ALERTS,
      nowMs: Date.now(),
    });
    if ('refused' in done) throw done.refused === 'managed' ? managed(spec.name) : full();
    return shownAlert(await find(projectId, spec.name), mayDo(principal, 'admin'));
  }
}

function testMessage(alert: Alert, nowMs: number): string {
  const { fromMs, toMs, beforeMs } = windowsOf(alert.spec, nowMs);
  const { minCount: count, level } = alert.spec;
  const found: Found = {
    verdict: 'breached',
    fromMs,
    toMs,
    count,
    value: 0.5,
    interval: { low: 0.4, high: 0.6, level },
    before: beforeMs === undefined ? null : { count, value: 0 },
    difference: beforeMs === undefined ? null : 0.5,
  };
  return messageOf({
    type: 'alert.test',
    alert,
    finding: { ...found, sentence: sentenceOf(alert.spec, found) },
    firingSinceMs: nowMs,
    isRepeat: false,
    atMs: nowMs,
    publicUrl: undefined,
  });
}

function unknownAlert(name: string): GatewayError {
  return new GatewayError('not_found', {
    message: `There is no alert "${name}". GET /api/v1/alerts lists those that there are.`,
  });
}

function managed(name: string): GatewayError {
  return new GatewayError('conflict', {
    message: `"${name}" is defined by gradeway.yaml. Change it there, or take another name.`,
  });
}

function full(): GatewayError {
  return new GatewayError('conflict', {
    message: `This project has ${MOST_ALERTS} alerts, as many as it may. Delete one first.`,
  });
}
