/** Deleting logs of /api/v1, one or many, with everything derived from them. What that is stands in store/removals.ts. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import type { Act } from '../../../store/audit.ts';
import type { LogCursor, Slice } from '../../../store/questions.ts';
import { actOf } from '../../act.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { QUESTION_MS } from '../../streamed.ts';
import { sliceOf } from '../../time-range.ts';
import { idParams } from './schemas.ts';
import { sliceShape } from './slice-shape.ts';

/** Logs that are looked up, and then deleted, at a time. */
const PAGE = 256;

const wantedSchema = z.strictObject({
  ...sliceShape,
  atMost: z
    .number()
    .int()
    .min(0)
    .nullable()
    .default(null)
    .describe('How many logs you believe these are: where there are more, none is deleted. Null only counts them.'),
  limit: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1000)
    .describe('How many are deleted by this call, the newest first. Call again while `more` is true.'),
});

const deletedSchema = z.object({
  found: z.number().describe('How many logs there were.'),
  deleted: z.number(),
  more: z.boolean().describe('Whether there are more to delete.'),
});

export function logRemovalRoutes(parts: ApiParts): DescribedRoute[] {
  const { logs, questions, removals } = parts.store;
  return [
    describedRoute({
      method: 'DELETE',
      path: '/api/v1/logs/:id',
      scope: 'admin',
      tag: 'logs',
      summary: 'Delete a log',
      description:
        'With everything that belongs to it or was derived from it, overwritten in the files. By an id that several logs share, the newest.',
      params: idParams,
      answers: {
        200: {
          description: 'It is deleted.',
          schema: z.object({ id: z.string().describe("The log's own id."), deleted: z.literal(1) }),
        },
      },
      async handle({ params: { id }, principal }) {
        const { projectId } = principal;
        const stored = await logs.find(projectId, id);
        // Somebody else may have been here between the two.
        const deleted =
          stored && (await removals.removeLogs(projectId, [stored.id], actOf(principal, { target: stored.id })));
        if (!deleted) throw new GatewayError('not_found', { message: `There is no log ${id}.` });
        return { id: stored.id, deleted };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/logs/delete',
      scope: 'admin',
      tag: 'logs',
      summary: 'Delete the logs that satisfy a filter',
      description:
        'Without `atMost` it counts them and deletes nothing. Logs that start after the call are not deleted. Where another call deletes the same logs, each counts what it has deleted itself.',
      body: wantedSchema,
      answers: { 200: { description: 'How many there were, and how many are deleted.', schema: deletedSchema } },
      async handle({ body, principal }) {
        const { filter, fromMs, toMs, atMost, limit } = body;
        const nowMs = Date.now();
        const slice = sliceOf(principal.projectId, filter, { fromMs, toMs: Math.min(toMs ?? nowMs, nowMs) });
        const { count: found, complete } = await questions.count(slice, QUESTION_MS);
        if (!complete) throw new GatewayError('question_too_large');
        if (atMost === null) return { found, deleted: 0, more: found > 0 };
        if (found > atMost)
          throw new GatewayError('more_than_expected', {
            message: `There are ${found} such logs, more than ${atMost}. None was deleted. Narrow the filter, or send that number as atMost.`,
          });
        const hash = filter && createHash('sha256').update(JSON.stringify(filter)).digest('hex');
        const act = actOf(principal, { details: { fromMs, toMs, filterSha256: hash } });
        return { found, ...(await removeSlice(slice, limit, act)) };
      },
    }),
  ];

  async function removeSlice(slice: Slice, limit: number, act: Act): Promise<{ deleted: number; more: boolean }> {
    let deleted = 0;
    let seen = 0;
    let after: LogCursor | null = null;
    for (;;) {
      const order = { by: 'startedAtMs', direction: 'desc' } as const;
      const wanted = { ...slice, order, after, offset: 0, limit: Math.min(PAGE, limit - seen), bodies: false };
      const page = await questions.list({ ...wanted, timeLimitMs: QUESTION_MS });
      seen += page.logs.length;
      deleted += await removals.removeLogs(
        slice.projectId,
        page.logs.map(({ id }) => id),
        act,
      );
      after = page.next;
      if (after === null || seen >= limit) return { deleted, more: after !== null };
    }
  }
}
