/**
 * Logs and scores of /api/v1 as they land, as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * How many share one look at the store stands in live-feed.ts; here is what is on the wire.
 */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { isStillAdmitted } from '../../access.ts';
import { refuse } from '../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { LiveEvent } from '../../live-events.ts';
import { LiveFeed, type Told } from '../../live-feed.ts';
import { onceOver, openAnswers } from '../../open-answers.ts';
import type { ApiContext, ApiParts } from '../../route.ts';
import { breathe, brokenOff, streamed } from '../../streamed.ts';
import { rowOf } from './log-rows.ts';
import { filterInQuery } from './slice-shape.ts';

/** So soon a revoked key gets nothing more. */
const CHECK_MS = 2000;
/** Proxies cut connections that are silent for a minute, some for 30 s. */
const HEARTBEAT_MS = 15_000;
/** For how long a client waits before it comes back; the store keeps changes for longer. */
const RETRY_MS = 1000;

/** Of a project. Each may have a filter of its own, which is asked of all that lands. */
const MOST_STREAMS = 100;

const EVENT_ID = /^\d{1,15}$/;

const querySchema = z.strictObject({
  filter: filterInQuery,
  lastEventId: z
    .string()
    .regex(EVENT_ID, { error: 'it must be the id of an event' })
    .optional()
    .describe('Goes on behind this event, where the header `Last-Event-ID` cannot be sent.'),
});

export function logStreamRoutes(parts: ApiParts): DescribedRoute[] {
  const feed = new LiveFeed(parts.store.questions);
  const enter = openAnswers(MOST_STREAMS, 'live streams');
  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/logs/stream',
      scope: 'read',
      tag: 'logs',
      summary: 'Logs and scores as they land',
      description: `Server-sent events. \`log\` has a log as lists give it; \`score\` has \`{ logId, name, scores }\`, all current scores of that name on the log, none where it was removed. Logs that do not satisfy the filter when they are told of are left out.

A client that comes back with \`Last-Event-ID\` misses nothing for about ten seconds, and one that reads slowly loses nothing as long as it is no further behind. \`gap\` says that something was missed: ask /api/v1/logs/query for it. \`end\` says why the stream ends: \`draining\`, \`unauthorized\`, or the code of an error.`,
      query: querySchema,
      answers: { 200: { description: 'Events, until the client goes.', content: { 'text/event-stream': 'Events.' } } },
      async handle({ query, principal: { projectId }, context }) {
        enter(projectId, context.env.outgoing);
        const after = placeOf(context) ?? (query.lastEventId === undefined ? null : Number(query.lastEventId));
        const gone = new AbortController();
        onceOver(context.env.outgoing, () => gone.abort());
        const signal = AbortSignal.any([gone.signal, parts.ending]);
        const texts = textsOf(context, feed.watch({ projectId, filter: query.filter, after }, CHECK_MS, signal), parts);
        return streamed(context, texts, {
          status: 200,
          headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
          pieceLength: 1,
          onFailure: brokenOff(parts.logger),
        });
      },
    }),
  ];
}

/** Browsers send the last id that they saw as a header. */
function placeOf({ req }: ApiContext): number | undefined {
  const sent = req.header('last-event-id');
  if (sent === undefined || sent === '') return undefined;
  if (!EVENT_ID.test(sent))
    refuse(new Map([['header.last-event-id', { message: 'it must be the id of an event of this stream' }]]));
  return Number(sent);
}

async function* textsOf(context: ApiContext, told: AsyncGenerator<Told>, parts: ApiParts): AsyncGenerator<string> {
  // Known before the client hears that it is connected: what lands from then on is told.
  const first = await told.next();
  try {
    yield `retry: ${RETRY_MS}\n: logs and scores as they land\n${first.done ? '' : `id: ${first.value.upTo}\n`}\n`;
    let checkedMs = performance.now();
    let wroteMs = checkedMs;
    for await (const one of told) {
      const nowMs = performance.now();
      if (nowMs - checkedMs >= CHECK_MS) {
        checkedMs = nowMs;
        if (!(await isStillAdmitted(context, 'read', parts))) {
          yield endText('unauthorized');
          return;
        }
      }
      if (one.what === 'idle' && nowMs - wroteMs < HEARTBEAT_MS) continue;
      yield textOf(one);
      wroteMs = nowMs;
      await breathe();
    }
    if (parts.ending.aborted) yield endText('draining');
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    yield endText(error.code, error.message);
  } finally {
    await told.return(undefined);
  }
}

function textOf(told: Told): string {
  if (told.what === 'events') return eventsText(told.events);
  if (told.what === 'gap') return gapText(told.upTo);
  // An id without data moves the place to which the client comes back, and is told to nobody.
  return `: still here\nid: ${told.upTo}\n\n`;
}

/** Written once for all who are told the same. */
const TEXTS = new WeakMap<readonly LiveEvent[], string>();

function eventsText(events: readonly LiveEvent[]): string {
  const known = TEXTS.get(events) ?? events.map(eventText).join('');
  TEXTS.set(events, known);
  return known;
}

function eventText(event: LiveEvent): string {
  const { seq, what, ...rest } = event;
  const data = event.what === 'log' ? rowOf(event.log) : rest;
  // JSON has no line breaks of its own: one `data` line is enough.
  return `id: ${seq}\nevent: ${what}\ndata: ${JSON.stringify(data)}\n\n`;
}

function gapText(upTo: number): string {
  const message = 'Something landed that was not told here. Ask /api/v1/logs/query for what may be missing.';
  return `id: ${upTo}\nevent: gap\ndata: ${JSON.stringify({ message })}\n\n`;
}

function endText(reason: string, message?: string): string {
  return `event: end\ndata: ${JSON.stringify({ reason, message })}\n\n`;
}
