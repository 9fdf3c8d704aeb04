/**
 * Answers that are written as they are found: the next piece is asked for when the client has taken the last one, so that an
 * answer of any length needs the memory of one page. Between rows the thread is given back: it also proxies. They are written
 * to Node's response itself: the adapter, where a stream fails, would print to the console and may end the answer as if whole.
 */
import type { ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Logger } from '../diagnostics.ts';
import { GatewayError } from '../errors.ts';
import type { ApiContext } from './route.ts';

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
/** Small pieces cost a turn through the socket each. */
const PIECE_LENGTH = 64 * 1024;

/** Gives the thread back: calls that wait to be proxied go first. */
export function breathe(): Promise<void> {
  return new Promise((done) => {
    setImmediate(done);
  });
}

export interface StreamedAnswer {
  status: number;
  headers: Record<string, string>;
  /** Texts are written when they come to this length; 1 writes each as it comes. */
  pieceLength?: number;
  onFailure: (error: unknown) => void;
}

/**
 * An answer of these texts, one after the other. The first is waited for, so that what fails at once is an error with its
 * status; what fails later aborts the connection, which no client takes for the answer's end. `onFailure` is told of it. A
 * client that goes away ends the texts.
 */
export async function streamed(
  { env: { outgoing: response }, req }: ApiContext,
  texts: AsyncGenerator<string>,
  answer: StreamedAnswer,
): Promise<Response> {
  const first = await texts.next();
  response.writeHead(answer.status, { ...HEADERS, ...answer.headers });
  if (req.method === 'HEAD') {
    await texts.return(undefined);
    response.end();
  } else {
    void write(response, first, texts, answer.pieceLength ?? PIECE_LENGTH).catch((error: unknown) => {
      response.destroy();
      answer.onFailure(error);
    });
  }
  return RESPONSE_ALREADY_SENT;
}

/** Rejects with what the texts fail with. */
async function write(
  response: ServerResponse,
  first: IteratorResult<string>,
  texts: AsyncGenerator<string>,
  pieceLength: number,
): Promise<void> {
  const gone = new Promise<void>((done) => response.once('close', done));
  let piece = '';
  for (let next = first; !next.done; next = await texts.next()) {
    piece += next.value;
    if (response.destroyed) break;
    if (piece.length < pieceLength) continue;
    if (!response.write(piece)) await Promise.race([new Promise((done) => response.once('drain', done)), gone]);
    piece = '';
  }
  if (response.destroyed) await texts.return(undefined);
  else response.end(piece);
}

/** Says in the process log that an answer was broken off. */
export function brokenOff(logger: Pick<Logger, 'error'>): (error: unknown) => void {
  return (error) => logger.error({ err: error }, 'an answer was broken off');
}

/** A JSON list within an object, row by row: `before`, the rows, `after`. */
export async function* listed(rows: AsyncIterable<unknown>, before: string, after: string): AsyncGenerator<string> {
  let text = before;
  for await (const row of rows) {
    yield text + JSON.stringify(row);
    text = ',';
    await breathe();
  }
  yield (text === ',' ? '' : text) + after;
}

export const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };

/** What a question may take, milliseconds. */
export const QUESTION_MS = 10_000;

/** Throws where a count was not finished. */
export function wholeCount({ count, complete }: { count: number; complete: boolean }): number {
  if (complete) return count;
  throw new GatewayError('question_too_large', {
    message: `There are more than ${count} logs, and counting them took too long. Ask for less time, or fewer conditions.`,
  });
}
