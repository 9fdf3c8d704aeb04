/**
 * Lets undici read an answer that the fast lane has begun to receive and will not judge itself. undici gets a connection that
 * swallows the request, which was sent already, and then yields the answer's bytes as they came. So whatever is odd about an
 * answer has the same outcome in both lanes, and no request is sent twice.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { replayClient } from '../upstream-client.ts';
import type { ParsedHeaders, UpstreamController, UpstreamHandler } from '../upstream-side.ts';

const CHUNKED_HEAD = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';

/** The connection that undici sees. */
export class Replay extends Duplex {
  readonly #resume: () => void;
  #begun: Buffer | undefined;
  #more = true;
  #isEnded = false;

  /** `begun` is what has arrived already; `resume` is called when further bytes are wanted again. */
  constructor(begun: Buffer, resume: () => void) {
    super();
    // undici listens for errors from when it has this connection.
    this.on('error', () => {});
    this.#begun = begun;
    this.#resume = resume;
  }

  /** Takes bytes that arrived. They are kept. False: enough for now. */
  arrived(bytes: Buffer): boolean {
    if (this.#begun !== undefined) {
      this.#begun = Buffer.concat([this.#begun, bytes]);
      return false;
    }
    this.#more = this.push(bytes);
    return this.#more;
  }

  /** The upstream has sent all. */
  ended(): void {
    this.#isEnded = true;
    if (this.#begun === undefined) this.push(null);
  }

  override _write(_chunk: unknown, _encoding: string, done: () => void): void {
    done();
    // undici counts the request as sent once its own write has returned; an answer before that would be nobody's.
    if (this.#begun !== undefined) process.nextTick(() => this.#begin());
  }

  override _read(): void {
    if (this.#more) return;
    this.#more = true;
    this.#resume();
  }

  // What undici calls on any connection.
  setTimeout(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  #begin(): void {
    const begun = this.#begun;
    if (begun === undefined || this.destroyed) return;
    this.#begun = undefined;
    this.#more = this.push(begun);
    if (this.#isEnded) this.push(null);
    else if (this.#more) this.#resume();
  }
}

/** Reads a whole answer. The handler is told of the request's start once more, with the controller that counts from now on. */
export function replayAnswer(replay: Replay, handler: UpstreamHandler): void {
  replayClient(replay as unknown as Socket).dispatch({ path: '/', method: 'GET', reset: true }, handler);
}

/** Reads on inside a body of chunks, from the beginning of a chunk. */
export function replayChunks(replay: Replay, handler: UpstreamHandler, paused: boolean): void {
  replayAnswer(replay, new FromInside(handler, paused));
}

/** The bytes to begin with where a body is read on from inside. */
export function chunksFrom(sizeLine: string, rest: Buffer): Buffer {
  return Buffer.concat([Buffer.from(CHUNKED_HEAD + sizeLine, 'latin1'), rest]);
}

class FromInside implements UpstreamHandler {
  readonly #handler: UpstreamHandler;
  readonly #paused: boolean;

  constructor(handler: UpstreamHandler, paused: boolean) {
    this.#handler = handler;
    this.#paused = paused;
  }

  onRequestStart(controller: UpstreamController): void {
    this.#handler.onRequestStart(controller);
  }

  /** The handler has had its head. */
  onResponseStart(controller: UpstreamController, _status: number, _parsed: ParsedHeaders): void {
    if (this.#paused) controller.pause();
  }

  onResponseData(controller: UpstreamController, chunk: Buffer): void {
    this.#handler.onResponseData(controller, chunk);
  }

  onResponseEnd(controller: UpstreamController): void {
    this.#handler.onResponseEnd(controller);
  }

  onResponseError(controller: UpstreamController | null, error: Error & { code?: string }): void {
    this.#handler.onResponseError(controller, error);
  }
}
