/**
 * A call that Gradeway makes itself, as a client without a connection: the request is there whole, the answer is gathered. What
 * becomes of it on its way is the business of those who do it for every call.
 */
import type { Incoming, Outgoing } from './client-side.ts';

export interface OwnRequest {
  /** The log's own id, UUIDv7; a new one where it is left out. */
  id?: string | undefined;
  projectId: string;
  /** With the upstream's name before it, as a client would send it. */
  path: string;
  headers: Record<string, string>;
  body: string;
  /** Put on the log. */
  properties: Record<string, string>;
  /** After so long it is broken off. */
  timeoutMs: number;
}

export interface OwnAnswer {
  status: number;
  /** Lower-case names; of those sent twice, the last. */
  headers: Record<string, string>;
  body: Uint8Array;
}

/** A longer answer is broken off: nothing that Gradeway asks for has one. */
const LONGEST_ANSWER = 4 * 1024 * 1024;

export function ownIncoming({ path, headers, body }: OwnRequest): Incoming {
  const wholeBody = Buffer.from(body);
  const all = { ...headers, 'content-length': String(wholeBody.length) };
  return {
    method: 'POST',
    url: path,
    httpVersion: '1.1',
    httpVersionMinor: 1,
    rawHeaders: Object.entries(all).flat(),
    headers: all,
    complete: true,
    wholeBody,
    on: nothing,
    once: nothing,
    pause: nothing,
    resume: nothing,
    isPaused: () => false,
  };
}

/** Gathers an answer. `done` hears of it once: of undefined where it broke off or did not come in time. */
export class OwnOutgoing implements Outgoing {
  headersSent = false;
  destroyed = false;
  writableEnded = false;
  readonly writableLength = 0;
  readonly chunkedEncoding = false;
  readonly socket = null;
  sendDate = false;
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #size = 0;
  readonly #onClose: (() => void)[] = [];
  readonly #done: (answer: OwnAnswer | undefined) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(timeoutMs: number, done: (answer: OwnAnswer | undefined) => void) {
    this.#done = done;
    this.#timer = setTimeout(() => this.destroy(), timeoutMs);
  }

  writeContinue(): void {}

  writeInformation(): void {}

  writeHead(status: number, reasonOrHeaders: string | string[], headers?: string[]): void {
    this.headersSent = true;
    this.#status = status;
    const pairs = typeof reasonOrHeaders === 'string' ? (headers ?? []) : reasonOrHeaders;
    for (let index = 0; index < pairs.length; index += 2)
      this.#headers[pairs[index]!.toLowerCase()] = pairs[index + 1]!;
  }

  flushHeaders(): void {}

  write(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > LONGEST_ANSWER) this.destroy();
    // A copy: the bytes may be taken back when this returns.
    else this.#chunks.push(Buffer.from(chunk));
    return true;
  }

  addTrailers(): void {}

  end(chunk?: Buffer): void {
    if (chunk !== undefined) this.write(chunk);
    if (this.destroyed || this.writableEnded) return;
    this.writableEnded = true;
    clearTimeout(this.#timer);
    this.#done({ status: this.#status, headers: this.#headers, body: Buffer.concat(this.#chunks) });
  }

  destroy(): void {
    if (this.destroyed || this.writableEnded) return;
    this.destroyed = true;
    clearTimeout(this.#timer);
    for (const listener of this.#onClose) listener();
    this.#done(undefined);
  }

  on(event: 'close' | 'drain', listener: () => void): void {
    if (event === 'close') this.#onClose.push(listener);
  }

  once(event: 'close', listener: () => void): void {
    this.on(event, listener);
  }
}

function nothing(): void {}
