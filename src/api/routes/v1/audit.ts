/** The audit of /api/v1: who has deleted what, and what became of keys. Nothing of what logs held is in it. */
import { z } from 'zod';
import { ACTORS, AUDITED_ACTIONS } from '../../../store/audit.ts';
import { readCursor, writeCursor } from '../../cursor.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { pageCursor, pageLimit } from './schemas.ts';

const entrySchema = z
  .object({
    id: z.string(),
    atMs: z.number().describe('When it began, milliseconds since the epoch.'),
    action: z.enum(AUDITED_ACTIONS),
    actor: z
      .enum(ACTORS)
      .describe('`local`: somebody on the machine, while there were no keys. `command`: the command line.'),
    keyId: z.string().nullable().describe('The key that did it.'),
    keyName: z.string().nullable(),
    target: z.string().nullable().describe('Id of the log or the key that it was done to, where it was one.'),
    count: z.number().describe('How many logs or keys; it grows while a large deletion goes on.'),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).nullable(),
  })
  .meta({ id: 'AuditEntry' });

const querySchema = z.object({
  limit: pageLimit,
  cursor: pageCursor,
});

export function auditRoutes({ store: { audit } }: ApiParts): DescribedRoute[] {
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/audit',
      scope: 'admin',
      tag: 'audit',
      summary: 'Who has deleted what, and what became of keys',
      query: querySchema,
      answers: {
        200: {
          description: 'The newest first.',
          schema: z.object({ entries: z.array(entrySchema), next: z.string().nullable() }),
        },
      },
      async handle({ query: { limit, cursor }, principal: { projectId } }) {
        const about = ['audit', projectId];
        const after = cursor === undefined ? null : readCursor(cursor, about).seq;
        const rows = await audit.list(projectId, { after, limit: limit + 1 });
        const entries = rows.slice(0, limit);
        const last = rows.length > limit ? entries.at(-1) : undefined;
        return {
          entries: entries.map(({ seq: _seq, ...entry }) => entry),
          next: last === undefined ? null : writeCursor({ startedAtMs: last.atMs, seq: last.seq }, about),
        };
      },
    }),
  ];
}
