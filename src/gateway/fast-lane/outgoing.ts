/**
 * The way to answer a request of the fast lane: writes heads, chunks and ends byte for byte as Node's server does. When the
 * bytes go out is left to write-buffer.ts, what follows an answer to client-connection.ts.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Outgoing } from '../client-side.ts';
import { appendBytes, appendText, flushOf, type Writer } from './write-buffer.ts';

/** Whom an answer tells that it is over. */
export interface AnswerOwner {
  readonly socket: Socket;
  /** Such as `timeout=5`, for the header Keep-Alive. */
  readonly keepAlive: string;
  answered(closes: boolean): void;
}

export class FastOutgoing implements Outgoing, Writer {
  readonly socket: Socket;
  headersSent = false;
  writableEnded = false;
  chunkedEncoding = false;
  sendDate = true;
  clogged = false;
  readonly #owner: AnswerOwner;
  /** Written, and not sent yet. */
  #head: string | undefined;
  #mayHaveBody = true;
  #closes = false;
  #trailers = '';
  #onClose: (() => void)[] | undefined;
  #onDrain: (() => void) | undefined;

  constructor(owner: AnswerOwner) {
    this.socket = owner.socket;
    this.#owner = owner;
  }

  get destroyed(): boolean {
    return this.socket.destroyed;
  }

  get writableLength(): number {
    flushOf(this);
    return 0;
  }

  writeContinue(): void {
    appendText(this, 'HTTP/1.1 100 Continue\r\n\r\n');
  }

  writeInformation(status: number, headers: string[]): void {
    appendText(this, `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n${lines(headers)}\r\n`);
  }

  writeHead(status: number, reasonOrHeaders: string | string[], maybeHeaders?: string[]): void {
    const headers = maybeHeaders ?? (reasonOrHeaders as string[]);
    const reason = maybeHeaders === undefined ? (STATUS_CODES[status] ?? 'unknown') : (reasonOrHeaders as string);
    let head = 'HTTP/1.1 ' + status + ' ' + reason + '\r\n';
    let [hasLength, hasConnection, hasDate] = [false, false, false];
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index]!;
      const value = headers[index + 1]!;
      head += name + ': ' + value + '\r\n';
      if (name.length === 14) hasLength ||= name.toLowerCase() === 'content-length';
      else if (name.length === 4) hasDate ||= name.toLowerCase() === 'date';
      else if (name.length === 10 && name.toLowerCase() === 'connection') {
        hasConnection = true;
        this.#closes = value === 'close';
      }
    }
    this.#mayHaveBody = status !== 204 && status !== 304;
    this.chunkedEncoding = this.#mayHaveBody && !hasLength;
    if (this.sendDate && !hasDate) head += `Date: ${new Date().toUTCString()}\r\n`;
    if (!hasConnection) head += 'Connection: keep-alive\r\nKeep-Alive: ' + this.#owner.keepAlive + '\r\n';
    this.#head = head + (this.chunkedEncoding ? 'Transfer-Encoding: chunked\r\n\r\n' : '\r\n');
    this.headersSent = true;
  }

  flushHeaders(): void {
    this.#sendHead();
  }

  write(chunk: Buffer): boolean {
    if (this.writableEnded || this.destroyed) return true;
    this.#sendHead();
    this.#sendChunk(chunk);
    return !this.clogged;
  }

  addTrailers(trailers: [string, string][]): void {
    for (const pair of trailers) this.#trailers += lines(pair);
  }

  end(chunk?: Buffer): void {
    if (this.writableEnded) return;
    this.writableEnded = true;
    if (!this.destroyed) {
      this.#sendHead();
      if (chunk !== undefined) this.#sendChunk(chunk);
      if (this.chunkedEncoding) appendText(this, `0\r\n${this.#trailers}\r\n`);
    }
    this.#owner.answered(this.#closes);
  }

  destroy(): void {
    flushOf(this);
    this.socket.destroy();
  }

  on(event: 'close' | 'drain', listener: () => void): void {
    if (event === 'drain') this.#onDrain = listener;
    else (this.#onClose ??= []).push(listener);
  }

  once(event: 'close', listener: () => void): void {
    this.on(event, listener);
  }

  /** The client takes more again. */
  drained(): void {
    this.clogged = false;
    this.#onDrain?.();
  }

  /** The connection is closed, or the answer is out. */
  closed(): void {
    const listeners = this.#onClose;
    this.#onClose = undefined;
    for (const listener of listeners ?? []) listener();
  }

  #sendHead(): void {
    if (this.#head === undefined) return;
    const head = this.#head;
    this.#head = undefined;
    appendText(this, head);
  }

  #sendChunk(chunk: Buffer): void {
    if (chunk.length === 0 || !this.#mayHaveBody) return;
    if (!this.chunkedEncoding) {
      appendBytes(this, chunk);
      return;
    }
    appendText(this, chunk.length.toString(16) + '\r\n');
    appendBytes(this, chunk);
    appendText(this, '\r\n');
  }
}

function lines(headers: readonly string[]): string {
  let text = '';
  for (let index = 0; index < headers.length; index += 2) text += `${headers[index]}: ${headers[index + 1]}\r\n`;
  return text;
}
