/**
 * Finds the event that ends a server-sent stream, since a client takes the answer for complete when it sees that and not
 * when the connection says so: `data: [DONE]` (OpenAI), `event: message_stop` (Anthropic), `event: response.completed`
 * and its siblings (OpenAI's responses). A byte scan; nothing is parsed. Holding the event back is left to answer.ts.
 */

const LF = 0x0a;
const CR = 0x0d;
/** Enough to recognise any of the marks, and the line break before it, across two chunks. */
const CARRIED_BYTES = 32;
const DONE = /(?:^|[\r\n])data: ?\[DONE\]/;
const NAMED = /(?:^|[\r\n])event: ?(?:message_stop|response\.(?:completed|incomplete|failed))[\r\n]/;

export class StreamEnd {
  /** End of the last chunk, where it ended inside an event. */
  #carried = '';
  /** The end has begun; its event is not complete yet. */
  #open = false;
  /** The stream names its events; unknown before the first one. */
  #named: boolean | undefined;

  /** Whether this chunk holds the ending event or, where that came in pieces, a later piece of it. */
  isEnd(chunk: Buffer): boolean {
    const complete = endsEvent(chunk);
    if (this.#open || this.#found(chunk)) {
      this.#open = !complete;
      this.#carried = '';
      return true;
    }
    this.#carried = complete ? '' : (this.#carried + tail(chunk)).slice(-CARRIED_BYTES);
    return false;
  }

  #found(chunk: Buffer): boolean {
    this.#named ??= chunk[0] === 0x65; // `event:`; a stream of plain `data:` has no named events later on either
    // A chunk of plain data ends in `}` and its line break; only `]` or a cut event can be the mark.
    if (!this.#named && this.#carried === '' && !maybeDone(chunk)) return false;
    const text = this.#carried + chunk.toString('latin1');
    return this.#named ? NAMED.test(text) || DONE.test(text) : DONE.test(text);
  }
}

function maybeDone(chunk: Buffer): boolean {
  let end = chunk.length - 1;
  while (end >= 0 && (chunk[end] === LF || chunk[end] === CR)) end -= 1;
  return end < 0 || chunk[end] === 0x5d;
}

/** A blank line at the end: LF LF, CRLF CRLF or CR CR. */
function endsEvent(chunk: Buffer): boolean {
  const last = chunk.length - 1;
  if (last < 1) return false;
  if (chunk[last] === LF) return chunk[last - 1] === LF || (chunk[last - 1] === CR && chunk[last - 2] === LF);
  return chunk[last] === CR && chunk[last - 1] === CR;
}

function tail(chunk: Buffer): string {
  return chunk.toString('latin1', Math.max(0, chunk.length - CARRIED_BYTES), chunk.length);
}
