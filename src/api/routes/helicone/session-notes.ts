/**
 * What people note about a session.
 *
 *     POST /v1/session/{id}/feedback  { rating }  -> 200 { data: null, error }; 404 where there is no such session
 *     GET  /v1/session/{id}/tag                   -> 200 { data: tag or null, error }
 *     POST /v1/session/{id}/tag       { tag }     -> 200 { data: null, error }; 404 where there is no such session
 *
 * Both are properties of the session's first call, so that filters find it by them, and they go with it when it is deleted.
 */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { PROPERTY_LIMITS } from '../../../model/property.ts';
import type { ListedLog } from '../../../store/questions.ts';
import { json } from '../../answers.ts';
import { readJson } from '../../body.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { QUESTION_MS } from '../../streamed.ts';
import { parse } from './parse.ts';
import { feedbackSchema } from './rating.ts';

const FEEDBACK_PROPERTY = 'helicone-session-feedback';
const TAG_PROPERTY = 'helicone-session-tag';

const tagSchema = z.strictObject({ tag: z.string().max(PROPERTY_LIMITS.value) });

export function sessionNoteRoutes({ store: { questions, edits } }: ApiParts): Route[] {
  /** The session's first call; a session is known by its id alone here. */
  const firstOf = async (context: ApiContext): Promise<ListedLog | undefined> => {
    const { logs } = await questions.list({
      projectId: context.var.principal.projectId,
      filter: { field: 'sessionId', equals: context.req.param('id')! },
      fromMs: null,
      toMs: null,
      order: { by: 'startedAtMs', direction: 'asc' },
      after: null,
      offset: 0,
      limit: 1,
      bodies: false,
      timeLimitMs: QUESTION_MS,
    });
    return logs[0];
  };

  const note = async (context: ApiContext, name: string, value: string): Promise<Response> => {
    const first = await firstOf(context);
    const { projectId } = context.var.principal;
    const noted = first !== undefined && (await edits.setProperty(projectId, first.id, name, value, Date.now()));
    if (!noted) throw new GatewayError('not_found', { message: 'No request found' });
    return json({ data: null, error: null });
  };

  return [
    {
      method: 'POST',
      path: '/v1/session/:id/feedback',
      scope: 'score',
      async handle(context) {
        const { rating } = parse(feedbackSchema, await readJson(context));
        return note(context, FEEDBACK_PROPERTY, rating ? '1' : '0');
      },
    },
    {
      method: 'GET',
      path: '/v1/session/:id/tag',
      scope: 'read',
      async handle(context) {
        const first = await firstOf(context);
        return json({ data: first?.properties.get(TAG_PROPERTY) ?? null, error: null });
      },
    },
    {
      method: 'POST',
      path: '/v1/session/:id/tag',
      scope: 'score',
      async handle(context) {
        const { tag } = parse(tagSchema, await readJson(context));
        return note(context, TAG_PROPERTY, tag.toWellFormed().replaceAll('\0', ''));
      },
    },
  ];
}
