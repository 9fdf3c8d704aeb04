/**
 * The client's side of one answer: head, body, trailers, and the two ways it can stop. In `durable` mode it holds back the
 * end until told that the log is committed: the chunk that completes a Content-Length, the last chunk's terminator, the
 * ending event of a stream, or, where there is no body, the head. When the log is committed is left to forward.ts.
 */
import type { Outgoing } from './client-side.ts';
import { StreamEnd } from './stream-end.ts';

/** A stream's ending event waits no longer than this for the upstream to end. */
const HOLD_MS = 250;
/** How long a client that reads slowly gets for what came before the upstream broke off. */
const FLUSH_MS = 5000;
const EMPTY = Buffer.alloc(0);

export interface Head {
  status: number;
  reason: string;
  /** Name, value, name, value. */
  headers: string[];
  /** -1 where the head does not say. */
  contentLength: number;
  /** Neither HEAD nor 204 or 304: there may be a body. */
  mayHaveBody: boolean;
  /** A stream of server-sent events in plain text. */
  isEventStream: boolean;
}

export class Answer {
  readonly outgoing: Outgoing;
  headSent = false;
  readonly #durable: boolean;
  #head: Head | undefined;
  #received = 0;
  #upstreamEnded = false;
  #held: Buffer | undefined;
  #holdTimer: NodeJS.Timeout | undefined;
  #streamEnd: StreamEnd | undefined;

  constructor(outgoing: Outgoing, durable: boolean) {
    this.outgoing = outgoing;
    this.#durable = durable;
  }

  /** Takes the head. It is sent with the first bytes of the body, or at the end of this turn when none came. */
  start(head: Head): void {
    this.#head = head;
    // The head is all there is, and so its own end.
    if (!head.mayHaveBody || head.contentLength === 0) return;
    if (this.#durable && head.isEventStream) this.#streamEnd = new StreamEnd();
    process.nextTick(flushHead, this);
  }

  /** Passes a chunk on, or holds it. False: the client reads more slowly than this. */
  write(chunk: Buffer): boolean {
    this.#releaseHeld();
    this.#received += chunk.length;
    // In both modes: the end follows in the same turn, and head, body and end go out in one write.
    if (this.#received === this.#head!.contentLength) {
      this.#held = Buffer.from(chunk);
      return true;
    }
    if (this.#streamEnd?.isEnd(chunk) === true) {
      this.#held = Buffer.from(chunk);
      this.#holdTimer = setTimeout(releaseHeld, HOLD_MS, this);
      return true;
    }
    return this.#send(chunk);
  }

  /** The upstream has sent all: from here on, what is held waits for `end` alone. */
  complete(): void {
    this.#upstreamEnded = true;
    clearTimeout(this.#holdTimer);
  }

  /** Sends what was held, the trailers, and the end. */
  end(trailers: [string, string][] | undefined): void {
    if (this.outgoing.destroyed) return;
    this.sendHead();
    if (this.outgoing.destroyed) return;
    if (trailers !== undefined && trailers.length > 0 && this.outgoing.chunkedEncoding)
      this.outgoing.addTrailers(trailers);
    this.outgoing.end(this.#held);
    this.#held = undefined;
  }

  /**
   * Breaks the answer off so that no client can take it for complete: the connection closes inside the body. Where only
   * its close would end the body (HTTP/1.0), it is reset.
   */
  cut(): void {
    clearTimeout(this.#holdTimer);
    const { outgoing } = this;
    const socket = outgoing.socket;
    if (outgoing.destroyed || socket === null) {
      outgoing.destroy();
      return;
    }
    this.#releaseHeld();
    if (!outgoing.chunkedEncoding && (this.#head?.contentLength ?? -1) === -1) {
      socket.resetAndDestroy();
      return;
    }
    if (outgoing.writableLength === 0 && socket.writableLength === 0) {
      outgoing.destroy();
      return;
    }
    // What the upstream did send still goes out; the turn's end lets Node's own corking pass first.
    const timer = setTimeout(() => outgoing.destroy(), FLUSH_MS);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
    process.nextTick(() => socket.destroySoon());
  }

  sendHead(): void {
    if (this.headSent) return;
    this.headSent = true;
    const head = this.#head!;
    this.outgoing.sendDate = false;
    try {
      this.outgoing.writeHead(head.status, head.reason, head.headers);
    } catch (error) {
      // No head is known that undici reads and Node does not write; should there be one, it may end its own call only.
      this.outgoing.destroy(error as Error);
    }
  }

  /** For the end of the turn in which the head came. */
  flush(): void {
    const { outgoing } = this;
    if (outgoing.headersSent || outgoing.destroyed || (this.#durable && this.#upstreamEnded)) return;
    this.sendHead();
    // An empty chunk sends the head and nothing else. flushHeaders would write it as UTF-8 and break bytes above 0x7f.
    outgoing.write(EMPTY);
  }

  /** The upstream did not end after its ending event. */
  release(): void {
    this.#releaseHeld();
  }

  #releaseHeld(): void {
    const held = this.#held;
    if (held === undefined) return;
    clearTimeout(this.#holdTimer);
    this.#held = undefined;
    this.#send(held);
  }

  #send(chunk: Buffer): boolean {
    if (this.outgoing.destroyed) return true;
    this.sendHead();
    return this.outgoing.write(chunk);
  }
}

function flushHead(answer: Answer): void {
  answer.flush();
}

function releaseHeld(answer: Answer): void {
  answer.release();
}
