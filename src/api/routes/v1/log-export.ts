/**
 * Logs of /api/v1 as one file, however many they are: walked page by page with a cursor, so that neither memory nor a
 * transaction grows with them, at the pace at which the client reads. A file that did not become whole never ends as if it had.
 */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import type { ListedLog, Slice } from '../../../store/questions.ts';
import { isStillAdmitted } from '../../access.ts';
import { csvLine } from '../../csv.ts';
import { type DescribedRoute, type Description, describedRoute } from '../../described-route.ts';
import { openAnswers } from '../../open-answers.ts';
import { logsOf } from '../../pages.ts';
import type { ApiContext, ApiParts } from '../../route.ts';
import { breathe, brokenOff, QUESTION_MS, streamed } from '../../streamed.ts';
import { sliceOf } from '../../time-range.ts';
import { exportColumns, type ExportNames } from './export-columns.ts';
import { readListedLogOf, rowOf } from './log-rows.ts';
import { booleanInQuery, sliceInQuery, sliceShape } from './slice-shape.ts';

/** For one page: who exports waits longer than who looks at a list. */
const PAGE_MS = 3 * QUESTION_MS;
/** Of a project at a time: each holds a page, and asks for the next. */
const MOST_EXPORTS = 8;
/** Rows without bodies are written in 10 µs each. */
const ROWS_A_TURN = 20;

const FORMAT = z.enum(['ndjson', 'csv']).default('ndjson').describe('A log a line as JSON, or CSV after RFC 4180.');
const DIRECTION = z.enum(['asc', 'desc']).default('desc').describe('By start time: oldest or newest first.');
const BODIES = 'What is read from the bodies, and the bodies: NDJSON then has logs as GET /api/v1/logs/{id} does.';

const bodySchema = z.strictObject({
  ...sliceShape,
  direction: DIRECTION,
  format: FORMAT,
  bodies: z.boolean().default(false).describe(BODIES),
});
const querySchema = z.strictObject({
  ...sliceInQuery,
  direction: DIRECTION,
  format: FORMAT,
  bodies: booleanInQuery.default(false).describe(BODIES),
});
type Wanted = z.output<typeof bodySchema>;

const TYPES = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8; header=present' } as const;

const DESCRIPTION: Pick<Description, 'tag' | 'summary' | 'description' | 'answers'> = {
  tag: 'logs',
  summary: 'All logs that satisfy a filter, as a file',
  description: `Written as it is read; what fails on the way aborts the connection. Logs that begin while it is written are not in it.

CSV has \`property.<name>\` and \`score.<name>\` for up to 500 names of each that the project has, and all of both as JSON in \`properties\` and \`scores\`. Of several scores of a name the newest stands in its column. Absent is an empty field, an empty text \`""\`. A text that a spreadsheet would run as a formula has an apostrophe in front: take one off every text that matches \`^'+[=+\\-@\\t\\r\\n]\`.`,
  answers: {
    200: {
      description: 'The file.',
      content: { 'application/x-ndjson': 'A log a line.', 'text/csv': 'A header line, then a log a record.' },
    },
  },
};

export function logExportRoutes(parts: ApiParts): DescribedRoute[] {
  const { questions, scores } = parts.store;
  const enter = openAnswers(MOST_EXPORTS, 'exports');

  const answer = async (context: ApiContext, wanted: Wanted): Promise<Response> => {
    const { projectId } = context.var.principal;
    enter(projectId, context.env.outgoing);
    const slice = await closedSlice(sliceOf(projectId, wanted.filter, wanted), wanted.direction);
    const logs = admitted(context, logsOfSlice(slice, wanted));
    const texts = wanted.format === 'csv' ? csvOf(logs, await namesOf(projectId), wanted) : ndjsonOf(logs, wanted);
    return streamed(context, texts, {
      status: 200,
      headers: {
        'content-type': TYPES[wanted.format],
        'content-disposition': `attachment; filename="gradeway-logs.${wanted.format}"`,
      },
      onFailure: brokenOff(parts.logger),
    });
  };

  /** Oldest first, a busy project's export would never come to its end: it ends with the newest log of now. */
  const closedSlice = async (slice: Slice, direction: Wanted['direction']): Promise<Slice> => {
    if (direction === 'desc' || slice.toMs !== null) return slice;
    const { logs } = await questions.list({
      ...slice,
      filter: null,
      order: { by: 'startedAtMs', direction: 'desc' },
      after: null,
      offset: 0,
      limit: 1,
      bodies: false,
      timeLimitMs: PAGE_MS,
    });
    return { ...slice, toMs: (logs[0]?.startedAtMs ?? 0) + 1 };
  };

  const logsOfSlice = (slice: Slice, { direction, bodies }: Wanted): AsyncGenerator<ListedLog> =>
    logsOf(questions, {
      ...slice,
      order: { by: 'startedAtMs', direction },
      limit: Infinity,
      bodies,
      timeLimitMs: PAGE_MS,
    });

  /** An export may take hours; a key that is revoked meanwhile gets no more of it. */
  async function* admitted(context: ApiContext, logs: AsyncGenerator<ListedLog>): AsyncGenerator<ListedLog> {
    let count = 0;
    for await (const log of logs) {
      count += 1;
      if (count % 100 === 0 && !(await isStillAdmitted(context, 'read', parts)))
        throw new GatewayError('unauthorized', { message: 'The key was revoked while it exported logs.' });
      yield log;
    }
  }

  const namesOf = async (projectId: string): Promise<ExportNames> => {
    const [properties, given] = await Promise.all([questions.propertyNames(projectId), scores.names(projectId)]);
    return {
      properties: properties.map(({ name }) => name),
      scores: [...new Set(given.map(({ name }) => name))],
    };
  };

  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/logs/export',
      scope: 'read',
      ...DESCRIPTION,
      query: querySchema,
      handle: ({ query, context }) => answer(context, query),
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/logs/export',
      scope: 'read',
      ...DESCRIPTION,
      body: bodySchema,
      bodyOptional: true,
      handle: ({ body, context }) => answer(context, body),
    }),
  ];
}

async function* ndjsonOf(logs: AsyncGenerator<ListedLog>, { bodies }: Wanted): AsyncGenerator<string> {
  for await (const log of paced(logs, bodies)) yield `${JSON.stringify(bodies ? readListedLogOf(log) : rowOf(log))}\n`;
}

async function* csvOf(logs: AsyncGenerator<ListedLog>, names: ExportNames, { bodies }: Wanted): AsyncGenerator<string> {
  const columns = exportColumns(names, bodies);
  let head = csvLine(columns.map(({ name }) => name));
  for await (const log of paced(logs, bodies)) {
    yield head + csvLine(columns.map((column) => column.of(log)));
    head = '';
  }
  if (head !== '') yield head;
}

async function* paced(logs: AsyncGenerator<ListedLog>, bodies: boolean): AsyncGenerator<ListedLog> {
  let count = 0;
  for await (const log of logs) {
    yield log;
    count += 1;
    if (bodies || count % ROWS_A_TURN === 0) await breathe();
  }
}
