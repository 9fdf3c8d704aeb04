/**
 * One connection to an upstream: sends one request at a time and reads plain answers (response-head.ts) where they are, in
 * the buffer that all connections share. An answer that is not plain is read on by undici (replay.ts). Opening connections
 * and choosing one is left to upstream-connections.ts.
 */
import type { Socket } from 'node:net';
import { errors } from 'undici';
import type { UpstreamHandler, UpstreamRequest } from '../upstream-side.ts';
import * as framing from './body-framing.ts';
import { Exchange } from './exchange.ts';
import { chunksFrom, Replay, replayAnswer, replayChunks } from './replay.ts';
import { linesFor, writeRequest } from './request-bytes.ts';
import { mayBecomeHead, readResponseHead } from './response-head.ts';

/** Longer heads are undici's. */
const HEAD_BYTES = 16 * 1024;
/** A head that comes in more pieces than this is undici's too, so that nobody makes us look at it again and again. */
const HEAD_PIECES = 8;
/** undici's allowance between what an upstream promises and what is counted on. */
const KEEP_ALIVE_MARGIN_MS = 2000;

/** What the connection tells of itself. */
export interface ConnectionOwner {
  /** Takes another request; `idleMs` is how long it may be counted on. */
  idle(connection: UpstreamConnection, idleMs: number | undefined): void;
  closed(connection: UpstreamConnection): void;
}

export class UpstreamConnection {
  /** When it was last of use; kept by its owner. */
  idleUntilMs = 0;
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #hostLines: string;
  #exchange: Exchange | undefined;
  #replay: Replay | undefined;
  #next = framing.HEAD;
  /** Bytes left of the body or chunk, or the chunk's size as far as it was read. */
  #left = 0;
  #digits = 0;
  #held: Buffer | undefined;
  #pieces = 0;
  #closes = false;
  #isEnded = false;
  #idleMs: number | undefined;

  /** The socket is connected. Its bytes come by `received`. */
  constructor(socket: Socket, host: string, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#hostLines = linesFor(host);
    socket.on('end', () => this.#ended());
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => {
      // What undici still reads of an answer that ended is whole; it closes when it is done.
      if (this.#replay === undefined || !this.#isEnded) this.#fail(new errors.SocketError('closed'));
      this.#owner.closed(this);
    });
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.readable && this.#socket.writable;
  }

  /** Sends a request. The connection is idle. */
  send(request: UpstreamRequest, handler: UpstreamHandler): void {
    const exchange = new Exchange(this, handler);
    this.#exchange = exchange;
    handler.onRequestStart(exchange);
    if (exchange.over) {
      this.#exchange = undefined;
      this.#owner.idle(this, this.#idleMs);
      return;
    }
    exchange.started = true;
    writeRequest(this.#socket, request, this.#hostLines);
  }

  /** Takes the first `end` bytes, which change afterwards. False: no more for now. */
  received(bytes: Buffer, end: number): boolean {
    const exchange = this.#exchange;
    if (this.#replay !== undefined) return this.#replay.arrived(Buffer.from(bytes.subarray(0, end)));
    // Nobody has asked for anything.
    if (exchange === undefined) {
      this.destroy();
      return true;
    }
    if (this.#next === framing.HEAD) {
      if (this.#held === undefined) this.#receiveHead(exchange, bytes, end);
      else {
        const all = Buffer.concat([this.#held, bytes.subarray(0, end)]);
        this.#held = undefined;
        this.#receiveHead(exchange, all, all.length);
      }
    } else this.#receiveBody(exchange, bytes, 0, end);
    return !exchange.paused || exchange.over;
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#exchange = undefined;
    this.#socket.destroy();
    this.#replay?.destroy();
  }

  #receiveHead(exchange: Exchange, bytes: Buffer, end: number): void {
    const text = bytes.toString('latin1', 0, Math.min(end, HEAD_BYTES));
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd === -1) {
      this.#pieces += 1;
      if (end < HEAD_BYTES && this.#pieces < HEAD_PIECES && mayBecomeHead(text))
        this.#held = Buffer.from(bytes.subarray(0, end));
      else this.#replayAnswer(exchange, bytes, end);
      return;
    }
    const head = readResponseHead(text.slice(0, headEnd + 2));
    if (head === undefined) {
      this.#replayAnswer(exchange, bytes, end);
      return;
    }
    const { keepAliveMs } = head;
    this.#idleMs = keepAliveMs === undefined ? undefined : keepAliveMs - KEEP_ALIVE_MARGIN_MS;
    this.#closes = head.closes || (this.#idleMs !== undefined && this.#idleMs <= 0);
    exchange.rawHeaders = head.rawHeaders;
    this.#left = head.length;
    this.#next = head.length === -1 ? framing.SIZE : framing.BYTES;
    if (head.length === -1) this.#left = 0;
    exchange.handler.onResponseStart(exchange, head.status, head.parsed, head.reason);
    const at = headEnd + 4;
    if (!exchange.over) {
      if (this.#next === framing.BYTES && this.#left === 0) this.#finish(exchange, at < end);
      else if (at < end) this.#receiveBody(exchange, bytes, at, end);
    }
  }

  #receiveBody(exchange: Exchange, bytes: Buffer, from: number, end: number): void {
    let at = from;
    while (at < end) {
      if (this.#next === framing.DATA || this.#next === framing.BYTES) {
        const to = Math.min(end, at + this.#left);
        this.#left -= to - at;
        exchange.handler.onResponseData(exchange, bytes.subarray(at, to));
        if (exchange.over) return;
        at = to;
        if (this.#left > 0) return;
        if (this.#next === framing.BYTES) {
          this.#finish(exchange, at < end);
          return;
        }
        this.#next = framing.DATA_CR;
      } else if (this.#next === framing.SIZE) {
        const digit = framing.hexDigit(bytes[at]!);
        if (digit !== -1 && this.#digits < framing.SIZE_DIGITS) {
          this.#left = this.#left * 16 + digit;
          this.#digits += 1;
        } else if (bytes[at] === framing.CR && this.#digits > 0) this.#next = framing.SIZE_LF;
        else {
          this.#replayChunks(exchange, this.#sizeSoFar(), bytes, at, end);
          return;
        }
        at += 1;
      } else {
        const byte = bytes[at]!;
        const wanted = this.#next === framing.DATA_CR || this.#next === framing.LAST_CR ? framing.CR : framing.LF;
        if (byte !== wanted) {
          this.#odd(exchange, bytes, at, end);
          return;
        }
        at += 1;
        if (this.#next === framing.LAST_LF) {
          this.#finish(exchange, at < end);
          return;
        }
        this.#next = framing.afterLineByte(this.#next, this.#left);
        this.#digits = 0;
      }
    }
  }

  /** Not the line end that belongs here: a trailer, or nothing that anybody takes. */
  #odd(exchange: Exchange, bytes: Buffer, at: number, end: number): void {
    if (this.#next === framing.SIZE_LF) this.#replayChunks(exchange, `${this.#sizeSoFar()}\r`, bytes, at, end);
    else if (this.#next === framing.LAST_CR) this.#replayChunks(exchange, '0\r\n', bytes, at, end);
    else if (this.#next === framing.LAST_LF) this.#replayChunks(exchange, '0\r\n\r', bytes, at, end);
    else this.#fail(new Error('A chunk of the answer is longer than its size.'));
  }

  #sizeSoFar(): string {
    return this.#digits === 0 ? '' : this.#left.toString(16);
  }

  #finish(exchange: Exchange, moreArrived: boolean): void {
    this.#exchange = undefined;
    exchange.over = true;
    this.#next = framing.HEAD;
    this.#digits = 0;
    this.#pieces = 0;
    exchange.handler.onResponseEnd(exchange);
    // Bytes that nobody asked for, or a request that was answered before it was sent.
    if (moreArrived || this.#closes || this.#socket.writableLength > 0) this.destroy();
    else this.#owner.idle(this, this.#idleMs);
  }

  #fail(error: Error): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    if (this.#replay !== undefined) this.#replay.destroy(error);
    else if (exchange !== undefined && !exchange.over) {
      exchange.over = true;
      exchange.handler.onResponseError(exchange, error);
    }
    this.#socket.destroy();
  }

  #ended(): void {
    this.#isEnded = true;
    if (this.#replay !== undefined) this.#replay.ended();
    else this.#fail(new errors.SocketError('other side closed'));
  }

  #replayAnswer(exchange: Exchange, bytes: Buffer, end: number): void {
    const replay = this.#startReplay(exchange, Buffer.from(bytes.subarray(0, end)));
    replayAnswer(replay, exchange.handler);
  }

  #replayChunks(exchange: Exchange, sizeLine: string, bytes: Buffer, at: number, end: number): void {
    const replay = this.#startReplay(exchange, chunksFrom(sizeLine, bytes.subarray(at, end)));
    replayChunks(replay, exchange.handler, exchange.paused);
  }

  /** From here on the handler has undici's controller, and this connection only passes bytes on until it is closed. */
  #startReplay(exchange: Exchange, begun: Buffer): Replay {
    exchange.over = true;
    this.#exchange = undefined;
    const replay = new Replay(begun, () => this.#socket.resume());
    replay.on('close', () => this.#socket.destroy());
    this.#replay = replay;
    return replay;
  }
}
