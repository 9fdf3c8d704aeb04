/**
 * One client connection in the fast lane: requests one after the other, each read (request-head.ts), handed to the gateway
 * and answered before the next. At the first request that is not of the plainest kind the connection goes over to the
 * ordinary lane for good, with all bytes that nobody has acted on.
 */
import type { Socket } from 'node:net';
import { ERRORS } from '../../errors.ts';
import { answerOnSocket } from '../client-error.ts';
import type { Incoming, Outgoing } from '../client-side.ts';
import { COLLECTED_BYTES } from '../request-body.ts';
import { FastIncoming } from './incoming.ts';
import { type AnswerOwner, FastOutgoing } from './outgoing.ts';
import { mayBecomeHead, readRequestHead, type RequestHead } from './request-head.ts';

/** A head in more pieces than this goes to the ordinary lane, so that nobody makes us look at it again and again. */
const HEAD_PIECES = 8;
/** What a client may send behind a request that is not answered yet, before it is not read any further. */
const BEHIND_BYTES = 256 * 1024;

/** What its connections know of the lane. */
export interface ConnectionLane {
  readonly keepAlive: string;
  readonly limits: { headerBytes: number; headerCount: number };
  readonly deadlines: { headersMs: number; requestMs: number; idleMs: number };
  readonly isDraining: boolean;
  /** Whether this method and path (without query) are our API's. */
  readonly isOurs: (method: string, path: string) => boolean;
  readonly handle: (incoming: Incoming, outgoing: Outgoing) => void;
  now(): number;
  remove(connection: ClientConnection): void;
  /** Gives the connection to the ordinary lane, as if these bytes had just arrived. */
  handOver(connection: ClientConnection, bytes: Buffer): void;
}

export class ClientConnection implements AnswerOwner {
  readonly socket: Socket;
  readonly keepAlive: string;
  /** Its place in the lane's list, kept by the lane. */
  place = 0;
  readonly #lane: ConnectionLane;
  /** When the connection was opened, its last answer was given, or its present request began. */
  #sinceMs: number;
  #isFresh = true;
  /** Bytes of a head, or what came behind a request that is not answered yet. */
  #held: Buffer | undefined;
  #pieces = 0;
  #incoming: FastIncoming | undefined;
  #outgoing: FastOutgoing | undefined;
  #bodyLeft = 0;
  #closing = false;

  constructor(lane: ConnectionLane, socket: Socket) {
    this.#lane = lane;
    this.socket = socket;
    this.keepAlive = lane.keepAlive;
    this.#sinceMs = lane.now();
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('drain', this.#onDrain);
    socket.on('close', this.#onClose);
    socket.on('error', ignore);
  }

  /** Nothing is under way. */
  get isIdle(): boolean {
    return this.#outgoing === undefined && this.#held === undefined && this.#bodyLeft === 0;
  }

  /** An answer is complete. */
  answered(closes: boolean): void {
    const outgoing = this.#outgoing!;
    this.#outgoing = undefined;
    this.#closing ||= closes;
    outgoing.closed();
    if (this.socket.destroyed) return;
    if (this.#closing) process.nextTick(() => this.socket.destroySoon());
    else if (this.#bodyLeft === 0) this.#goOn();
  }

  /** Looks whether the client has taken too long. */
  checkDeadlines(nowMs: number): void {
    const { headersMs, requestMs, idleMs } = this.#lane.deadlines;
    const tookMs = nowMs - this.#sinceMs;
    if (this.#bodyLeft > 0) {
      if (tookMs > requestMs) this.#timeOut();
    } else if (this.#outgoing !== undefined) return;
    else if (this.#held !== undefined || this.#isFresh) {
      if (tookMs > headersMs) this.#timeOut();
    } else if (tookMs > idleMs) this.socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#closing) return;
    let bytes = chunk;
    if (this.#bodyLeft > 0) {
      const part = bytes.length <= this.#bodyLeft ? bytes : bytes.subarray(0, this.#bodyLeft);
      this.#bodyLeft -= part.length;
      this.#incoming!.arrived(part, this.#bodyLeft === 0);
      if (this.#bodyLeft === 0 && this.#outgoing === undefined && !this.#closing) this.#goOn();
      if (part.length === bytes.length || this.#closing) return;
      bytes = bytes.subarray(part.length);
    }
    if (this.#outgoing === undefined) this.#read(bytes);
    else this.#hold(bytes);
  };

  /** Whoever closes its side is taken for gone, as Node does by default. */
  readonly #onEnd = (): void => {
    if (this.#outgoing === undefined) this.socket.end();
    else this.socket.destroy();
  };

  readonly #onDrain = (): void => {
    if (this.#outgoing !== undefined) this.#outgoing.drained();
    else this.#goOn();
  };

  readonly #onClose = (): void => {
    this.#lane.remove(this);
    this.#outgoing?.closed();
  };

  #goOn(): void {
    this.#sinceMs = this.#lane.now();
    this.#incoming = undefined;
    // Who does not read its answers gets no further ones.
    if (this.socket.writableNeedDrain) return;
    if (this.socket.isPaused()) this.socket.resume();
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#read(held);
  }

  #hold(bytes: Buffer): void {
    this.#held = this.#held === undefined ? bytes : Buffer.concat([this.#held, bytes]);
    if (this.#held.length > BEHIND_BYTES) this.socket.pause();
  }

  #read(chunk: Buffer): void {
    const bytes = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#held === undefined) this.#sinceMs = this.#lane.now();
    this.#held = undefined;
    const { headerBytes, headerCount } = this.#lane.limits;
    const text = bytes.toString('latin1', 0, Math.min(bytes.length, headerBytes));
    const headEnd = text.indexOf('\r\n\r\n');
    if (headEnd === -1) {
      this.#pieces += 1;
      if (bytes.length < headerBytes && this.#pieces < HEAD_PIECES && mayBecomeHead(text)) this.#held = bytes;
      else this.#handOver(bytes);
      return;
    }
    const head = readRequestHead(text.slice(0, headEnd + 2), headerCount);
    const bodyAt = headEnd + 4;
    if (head === undefined || bytes.length - bodyAt > head.length || !this.#isForProxy(head)) this.#handOver(bytes);
    else this.#handle(head, bytes, bodyAt);
  }

  #isForProxy({ method, url, length }: RequestHead): boolean {
    if (length > COLLECTED_BYTES || this.#lane.isDraining) return false;
    const query = url.indexOf('?');
    return !this.#lane.isOurs(method, query === -1 ? url : url.slice(0, query));
  }

  #handle(head: RequestHead, bytes: Buffer, bodyAt: number): void {
    const arrived = bytes.length - bodyAt;
    const whole = arrived === head.length;
    const incoming = new FastIncoming(head, whole && arrived > 0 ? bytes.subarray(bodyAt) : undefined);
    this.#isFresh = false;
    this.#pieces = 0;
    this.#incoming = incoming;
    this.#bodyLeft = head.length - arrived;
    this.#outgoing = new FastOutgoing(this);
    this.#lane.handle(incoming, this.#outgoing);
    if (!whole && arrived > 0) incoming.arrived(bytes.subarray(bodyAt), false);
  }

  /** From here on the connection belongs to the ordinary lane. */
  #handOver(bytes: Buffer): void {
    const { socket } = this;
    socket.off('data', this.#onData);
    socket.off('end', this.#onEnd);
    socket.off('drain', this.#onDrain);
    socket.off('close', this.#onClose);
    socket.off('error', ignore);
    this.#lane.handOver(this, bytes);
  }

  #timeOut(): void {
    this.#closing = true;
    if (this.#outgoing?.headersSent === true || !this.socket.writable) this.socket.destroy();
    else answerOnSocket(this.socket, 'request_timeout', ERRORS.request_timeout.message);
  }
}

function ignore(): void {
  // The close that follows says all that there is to do.
}
