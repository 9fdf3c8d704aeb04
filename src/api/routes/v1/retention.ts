/** How long a project keeps its logs, at /api/v1. Removing what is due is done by the gateway itself, once an hour. */
import { z } from 'zod';
import { actOf } from '../../act.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';

/** A hundred years. */
const days = z.number().int().min(0).max(36_500);
const BODY_DAYS = 'After so many days from their start logs lose their bodies; 0 keeps them.';
const LOG_DAYS = 'After so many days logs are deleted with everything derived from them; 0 keeps them.';

const settledSchema = z.strictObject({
  bodyDays: days.nullable().describe(`${BODY_DAYS} Null: as the settings of the gateway say.`),
  logDays: days.nullable().describe(`${LOG_DAYS} Null: as the settings of the gateway say.`),
});

const answer = {
  200: {
    description: 'What holds, and what of it the project has settled.',
    schema: z.object({
      bodyDays: days.describe(BODY_DAYS),
      logDays: days.describe(LOG_DAYS),
      settled: settledSchema,
    }),
  },
};

export function retentionRoutes(parts: ApiParts): DescribedRoute[] {
  const { retention } = parts.store;
  const show = async (projectId: string): Promise<unknown> => {
    const settled = await retention.of(projectId);
    const { bodyDays, logDays } = parts.retention;
    return { bodyDays: settled.bodyDays ?? bodyDays, logDays: settled.logDays ?? logDays, settled };
  };
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/retention',
      scope: 'read',
      tag: 'retention',
      summary: 'How long logs are kept',
      answers: answer,
      handle: ({ principal }) => show(principal.projectId),
    }),
    describedRoute({
      method: 'PUT',
      path: '/api/v1/retention',
      scope: 'admin',
      tag: 'retention',
      summary: 'Settle how long logs are kept',
      description: 'For the project of the key. It takes effect within the hour, also on logs that are there.',
      body: settledSchema,
      answers: answer,
      async handle({ body, principal }) {
        await retention.set(principal.projectId, body, actOf(principal, {}));
        return show(principal.projectId);
      },
    }),
  ];
}
