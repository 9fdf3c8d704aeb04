/** Lists of logs of /api/v1: the newest that satisfy a filter, page by page with a cursor. Single logs stand in logs.ts. */
import { z } from 'zod';
import { logPageSchema } from '../../../model/log-row.ts';
import { readCursor, writeCursor } from '../../cursor.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { QUESTION_MS } from '../../streamed.ts';
import { sliceOf } from '../../time-range.ts';
import { rowOf } from './log-rows.ts';
import { sliceShape } from './slice-shape.ts';

const questionSchema = z.strictObject({
  ...sliceShape,
  direction: z.enum(['asc', 'desc']).default('desc').describe('By start time: oldest or newest first.'),
  limit: z.number().int().min(1).max(1000).default(50),
  cursor: z.string().max(200).nullable().default(null).describe('The `next` of the page before, of the same question.'),
});

export function logListRoutes(parts: ApiParts): DescribedRoute[] {
  const { questions } = parts.store;
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/logs/query',
      scope: 'read',
      tag: 'logs',
      summary: 'Logs that satisfy a filter',
      description:
        'Without bodies. What no index can answer is searched for some seconds; then 422 `question_too_large` says how to narrow it down.',
      body: questionSchema,
      bodyOptional: true,
      answers: { 200: { description: 'A page.', schema: logPageSchema } },
      async handle({ body, principal: { projectId } }) {
        const { filter, fromMs, toMs, direction, limit, cursor } = body;
        const about = [projectId, filter, fromMs, toMs, direction];
        const page = await questions.list({
          ...sliceOf(projectId, filter, { fromMs, toMs }),
          order: { by: 'startedAtMs', direction },
          after: cursor === null ? null : readCursor(cursor, about),
          offset: 0,
          limit,
          bodies: false,
          timeLimitMs: QUESTION_MS,
        });
        return { logs: page.logs.map(rowOf), next: page.next === null ? null : writeCursor(page.next, about) };
      },
    }),
  ];
}
