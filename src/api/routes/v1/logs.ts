/** Logs of /api/v1, one by one. Lists stand in a file of their own. */
import { GatewayError } from '../../../errors.ts';
import { wholeLogSchema } from '../../../model/log-row.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { readWholeLog } from './log-rows.ts';
import { idParams } from './schemas.ts';

export function logRoutes(parts: ApiParts): DescribedRoute[] {
  const { logs } = parts.store;
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/logs/:id',
      scope: 'read',
      tag: 'logs',
      summary: 'One log, whole',
      description: 'With bodies, scores and evaluations, as the store holds them at that moment.',
      params: idParams,
      answers: { 200: { description: 'The log.', schema: wholeLogSchema } },
      async handle({ params: { id }, principal: { projectId } }) {
        const stored = await logs.find(projectId, id);
        if (stored === undefined) throw new GatewayError('not_found', { message: `There is no log ${id}.` });
        return readWholeLog(parts.store, stored);
      },
    }),
  ];
}
