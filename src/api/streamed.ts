/**
 * Answers that are written as they are found: a page is asked for when the client has taken the last one, so that an answer
 * of any length needs the memory of one page. Between rows the thread is given back: it also proxies.
 */
import { GatewayError } from '../errors.ts';

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
/** Small pieces cost a turn through the stream each. */
const PIECE_LENGTH = 64 * 1024;

/** Gives the thread back: calls that wait to be proxied go first. */
export function breathe(): Promise<void> {
  return new Promise((done) => {
    setImmediate(done);
  });
}

/**
 * An answer of these texts, one after the other. The first is waited for, so that what fails at once is an error with its
 * status; what fails later breaks the answer off, which no client takes for its end.
 */
export async function streamed(
  texts: AsyncGenerator<string>,
  status: number,
  headers: Record<string, string>,
): Promise<Response> {
  const first = await texts.next();
  const encoder = new TextEncoder();
  let pending: string | undefined = first.done ? undefined : first.value;
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        let piece = pending ?? '';
        pending = undefined;
        try {
          while (piece.length < PIECE_LENGTH) {
            const next = await texts.next();
            if (next.done) {
              if (piece !== '') controller.enqueue(encoder.encode(piece));
              controller.close();
              return;
            }
            piece += next.value;
          }
          controller.enqueue(encoder.encode(piece));
        } catch (error) {
          controller.error(error);
        }
      },
      async cancel() {
        await texts.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
  return new Response(body, { status, headers: { ...HEADERS, ...headers } });
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
