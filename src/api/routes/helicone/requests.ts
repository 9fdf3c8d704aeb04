/**
 * Reading one log.
 *
 *     GET /v1/request/{id}?includeBody=true  -> 200 { data: row, error: null }
 *
 * The row, bodies and scores included, is what the store holds at that moment. An id that nobody knows is 200 too, as at
 * Helicone: `{ error: null }`, and with includeBody `{ data: null, error: null }`. Other projects' ids are unknown ids.
 */
import { subjectOf } from '../../../evaluation/subject.ts';
import { json } from '../../answers.ts';
import type { ApiParts, Route } from '../../route.ts';
import { readRequestId } from './request-id.ts';
import { requestRow } from './request-row.ts';

export function requestRoutes(parts: ApiParts): Route[] {
  const { logs, scores } = parts.store;
  return [
    {
      method: 'GET',
      path: '/v1/request/:id',
      scope: 'read',
      async handle(context) {
        const id = readRequestId(context.req.param('id'), 'requestId');
        const { projectId } = context.var.principal;
        const stored = await logs.find(projectId, id);
        if (stored === undefined)
          return json(context.req.query('includeBody') === 'true' ? { data: null, error: null } : { error: null });
        // In this order: whatever has an outcome here was committed together with its scores, so they are seen below.
        const evaluations = await scores.evaluations(projectId, stored.id);
        const given = await scores.list(projectId, stored.id);
        const { ids: logIds, count: logsWithRequestId } = await logs.idsByRequestId(projectId, stored.requestId);
        const log = subjectOf(stored);
        const row = requestRow({ log, stored, scores: given, evaluations, logIds, logsWithRequestId });
        return json({ data: row, error: null });
      },
    },
  ];
}
