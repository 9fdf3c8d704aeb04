/** Runs at /api/v1: made, listed, watched, cancelled, removed. What is posted into them: posts.ts; what came of them: results.ts. */
import { z } from 'zod';
import { GatewayError } from '../../../../errors.ts';
import { runSpecSchema } from '../../../../model/run.ts';
import { runSchema, wholeRunSchema } from '../../../../model/shown-run.ts';
import { createRun } from '../../../../offline/runs/create-run.ts';
import { readCursor, writeCursor } from '../../../cursor.ts';
import { type DescribedRoute, describedRoute } from '../../../described-route.ts';
import { onceOver, openAnswers } from '../../../open-answers.ts';
import type { ApiParts } from '../../../route.ts';
import { brokenOff, streamed } from '../../../streamed.ts';
import { pageCursor, pageLimit } from '../schemas.ts';
import { findRun, refuseEnded, runParams, shownRun } from './schemas.ts';

/** Of a project. */
const MOST_WATCHED = 50;
const WATCH_MS = 1000;

export function runRoutes(parts: ApiParts): DescribedRoute[] {
  const { runs } = parts.store;
  const enter = openAnswers(MOST_WATCHED, 'watched runs');
  return [
    describedRoute({
      method: 'POST',
      path: '/api/v1/runs',
      scope: 'admin',
      tag: 'runs',
      summary: 'Begin a run',
      description:
        'Evaluators over a version of a dataset. Outputs are `generated` by a model through the gateway, `posted` by your own system, or `existing` logs; evaluators run here or are `posted`, by another framework or by people; all of it may be mixed. What is not named is pinned to what is the newest now.',
      body: runSpecSchema,
      answers: { 201: { description: 'It begins within a second.', schema: runSchema } },
      handle: async ({ body, principal: { projectId } }) =>
        shownRun(await createRun({ ...parts, evaluators: parts.evaluators() }, projectId, body)),
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/runs',
      scope: 'read',
      tag: 'runs',
      summary: 'Runs',
      query: z.object({ limit: pageLimit, cursor: pageCursor }),
      answers: {
        200: {
          description: 'The newest first.',
          schema: z.object({ runs: z.array(runSchema), next: z.string().nullable() }),
        },
      },
      async handle({ query: { limit, cursor }, principal: { projectId } }) {
        const about = ['runs', projectId];
        const after = cursor === undefined ? null : readCursor(cursor, about).seq;
        const rows = await runs.list(projectId, { after, limit: limit + 1 });
        const page = rows.slice(0, limit);
        const next = rows.length > limit ? writeCursor({ startedAtMs: 0, seq: page.at(-1)!.seq }, about) : null;
        return { runs: page.map(({ seq: _seq, ...run }) => shownRun(run)), next };
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/runs/:run',
      scope: 'read',
      tag: 'runs',
      summary: 'One run, and how far it is',
      params: runParams,
      answers: {
        200: {
          description: 'The run.',
          schema: wholeRunSchema,
        },
      },
      async handle({ params, principal: { projectId } }) {
        const run = await findRun(runs, projectId, params.run);
        return { ...shownRun(run), progress: await runs.progress(run.id) };
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/runs/:run/stream',
      scope: 'read',
      tag: 'runs',
      summary: 'A run as it goes on',
      description:
        'Server-sent events: `progress` whenever something has changed, with the run and how far it is; `end` when it is over.',
      params: runParams,
      answers: {
        200: {
          description: 'Events, until it is over or the client goes.',
          content: { 'text/event-stream': 'Events.' },
        },
      },
      async handle({ params, principal: { projectId }, context }) {
        const { id } = await findRun(runs, projectId, params.run);
        enter(projectId, context.env.outgoing);
        const gone = new AbortController();
        onceOver(context.env.outgoing, () => gone.abort());
        return streamed(context, events(projectId, id, AbortSignal.any([gone.signal, parts.ending])), {
          status: 200,
          headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
          pieceLength: 1,
          onFailure: brokenOff(parts.logger),
        });
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/runs/:run/cancel',
      scope: 'admin',
      tag: 'runs',
      summary: 'Stop a run',
      description: 'It keeps what it has.',
      params: runParams,
      answers: { 200: { description: 'It is stopped.', schema: runSchema } },
      async handle({ params, principal: { projectId } }) {
        const run = await findRun(runs, projectId, params.run);
        refuseEnded(run);
        await runs.settle(run.id, 'cancelled', 'It was cancelled.', Date.now());
        return shownRun(await findRun(runs, projectId, params.run));
      },
    }),
    describedRoute({
      method: 'DELETE',
      path: '/api/v1/runs/:run',
      scope: 'admin',
      tag: 'runs',
      summary: 'Remove a run with its results',
      description: 'The logs of its outputs stay.',
      params: runParams,
      answers: {
        200: { description: 'It is removed.', schema: z.object({ id: z.string(), removed: z.literal(true) }) },
      },
      async handle({ params: { run: id }, principal: { projectId } }) {
        if (!(await runs.remove(projectId, id.toLowerCase())))
          throw new GatewayError('not_found', { message: `There is no run ${id}.` });
        return { id, removed: true };
      },
    }),
  ];

  async function* events(projectId: string, id: string, signal: AbortSignal): AsyncGenerator<string> {
    let last = '';
    while (!signal.aborted) {
      const run = await runs.find(projectId, id);
      if (run === undefined) return;
      const isOver = run.endedAtMs !== null;
      const data = JSON.stringify({ run: shownRun(run), progress: await runs.progress(id) });
      if (data !== last || isOver) yield `event: ${isOver ? 'end' : 'progress'}\ndata: ${data}\n\n`;
      // Proxies cut connections that are silent.
      else yield ': \n\n';
      if (isOver) return;
      last = data;
      await new Promise((done) => {
        const timer = setTimeout(done, WATCH_MS);
        signal.addEventListener('abort', () => {
          clearTimeout(timer);
          done(undefined);
        });
      });
    }
  }
}
