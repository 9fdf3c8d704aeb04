/**
 * Reading logs by their ids, and what can be changed of one.
 *
 *     GET  /v1/request/{id}?includeBody=true  -> 200 { data: row, error: null }
 *     POST /v1/request/query-ids              -> 200 { data: [row or null], error: null }
 *     GET  /v1/request/{id}/body?signature=   -> 200 { request, response }; without a key, by a signed address
 *     PUT  /v1/request/{id}/property          -> 201 { data: null, error: null }; 404 where there is no such log (there: 500)
 *
 * The row, bodies and scores included, is what the store holds at that moment. An id that nobody knows is 200 too, as at
 * Helicone: `{ error: null }`, and with includeBody `{ data: null, error: null }`. Other projects' ids are unknown ids.
 */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { subjectOf } from '../../../evaluation/subject.ts';
import { PROPERTY_LIMITS, type Properties, propertyName, settingProblem } from '../../../model/property.ts';
import type { StoredLog } from '../../../store/store.ts';
import { json, refuse } from '../../answers.ts';
import { readJson } from '../../body.ts';
import { readSignedBody } from '../../body-url.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { JSON_TYPE, brokenOff, listed, streamed } from '../../streamed.ts';
import { bodyAddress } from './body-address.ts';
import { parse } from './parse.ts';
import { readRequestId } from './request-id.ts';
import { requestRow } from './request-row.ts';

const MOST_IDS = 1000;
const idsSchema = z.strictObject({ requestIds: z.array(z.string().max(200)).max(MOST_IDS) });
const propertySchema = z.strictObject({
  key: z.string().min(1).max(PROPERTY_LIMITS.name),
  value: z.string().max(PROPERTY_LIMITS.value),
});
/** Properties on the wire that are fields of a log. */
const SESSION_NAMES = new Set(['helicone-session-id', 'helicone-session-name', 'helicone-session-path']);

export function requestRoutes(parts: ApiParts): Route[] {
  const { logs, scores, edits } = parts.store;

  const rowOf = async (context: ApiContext, stored: StoredLog): Promise<Record<string, unknown>> => {
    const { projectId } = context.var.principal;
    // In this order: whatever has an outcome here was committed together with its scores, so they are seen below.
    const evaluations = await scores.evaluations(projectId, stored.id);
    const given = await scores.list(projectId, stored.id);
    const { ids: logIds, count: logsWithRequestId } = await logs.idsByRequestId(projectId, stored.requestId);
    return requestRow({
      log: subjectOf(stored),
      stored,
      scores: given,
      alone: { evaluations, logIds, logsWithRequestId },
      signedBodyUrl: bodyAddress(context, stored.id, parts.bodySecret),
    });
  };

  async function* rowsOf(context: ApiContext, ids: string[]): AsyncGenerator {
    for (const id of ids) {
      const stored = await logs.find(context.var.principal.projectId, id);
      yield stored === undefined ? null : await rowOf(context, stored);
    }
  }

  return [
    {
      method: 'GET',
      path: '/v1/request/:id',
      scope: 'read',
      async handle(context) {
        const id = readRequestId(context.req.param('id'), 'requestId');
        const stored = await logs.find(context.var.principal.projectId, id);
        if (stored === undefined)
          return json(context.req.query('includeBody') === 'true' ? { data: null, error: null } : { error: null });
        return json({ data: await rowOf(context, stored), error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/request/query-ids',
      scope: 'read',
      async handle(context) {
        const { requestIds } = parse(idsSchema, await readJson(context));
        for (const [index, id] of requestIds.entries()) readRequestId(id, `requestBody.requestIds.${index}`);
        const rows = listed(rowsOf(context, requestIds), '{"data":[', '],"error":null}');
        return streamed(context, rows, { status: 200, headers: JSON_TYPE, onFailure: brokenOff(parts.logger) });
      },
    },
    {
      method: 'PUT',
      path: '/v1/request/:id/property',
      scope: 'score',
      async handle(context) {
        const id = readRequestId(context.req.param('id'), 'requestId');
        const { key, value } = parse(propertySchema, await readJson(context));
        const { projectId } = context.var.principal;
        const name = propertyName(key.toWellFormed());
        const before = await logs.find(projectId, id);
        const problem = before && problemOf(name, before.properties);
        if (problem !== undefined) refuse(new Map([['requestBody.key', { message: problem, value: key }]]));
        const found = await edits.setProperty(projectId, id, name, storable(parts.redact(value)), Date.now());
        if (!found) throw new GatewayError('not_found', { message: 'Request not found' });
        return json({ data: null, error: null }, 201);
      },
    },
    {
      method: 'GET',
      path: '/v1/request/:id/body',
      scope: undefined,
      async handle(context) {
        const id = readRequestId(context.req.param('id'), 'requestId');
        const { expires, project, signature } = context.req.query();
        const signed = readSignedBody(
          id,
          { expires, project, signature },
          { secret: parts.bodySecret, nowMs: Date.now() },
        );
        if (signed === undefined)
          throw new GatewayError('forbidden', {
            message: 'This address is not one of ours, or has expired. Ask for the request again to get a new one.',
          });
        const found = await logs.getMany([signed.logId]);
        const stored = found.find((one) => one.projectId === signed.projectId);
        if (stored === undefined) throw new GatewayError('not_found', { message: 'Request not found' });
        const { requestBody, responseBody } = subjectOf(stored);
        return json({ request: requestBody ?? null, response: responseBody ?? null });
      },
    },
  ];
}

/** What stores take: whole characters, and no NUL among them. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '');
}

function problemOf(name: string, has: Properties): string | undefined {
  if (SESSION_NAMES.has(name)) return 'the session of a log is what its call said, and stays so';
  return settingProblem(name, has);
}
