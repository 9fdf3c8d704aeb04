/**
 * The fast lane's client for upstreams: keep-alive connections by origin, one request at a time on each, no retries. It
 * follows the rules of the ordinary lane's client: the same way of connecting, the same idle time, and a look at what an idle
 * connection has to say before a request goes out on it. What happens on a connection is left to upstream-connection.ts.
 */
import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import { CONNECTING, IDLE_MS } from '../upstream-client.ts';
import type { UpstreamClient, UpstreamHandler, UpstreamRequest } from '../upstream-side.ts';
import { type ConnectionOwner, UpstreamConnection } from './upstream-connection.ts';

const READ_BYTES = 64 * 1024;
const SWEEP_MS = 250;
/** The longest that an upstream's promise to keep a connection is counted on. */
const LONGEST_IDLE_MS = 600_000;

/**
 * What any connection reads comes into this one buffer, and is passed on before the next read: a buffer for each read would
 * cost more than all else that is done with a stream's event.
 */
const READ_BUFFER = Buffer.allocUnsafeSlow(READ_BYTES);

interface Waiting {
  pool: Pool;
  connection: UpstreamConnection;
  request: UpstreamRequest;
  handler: UpstreamHandler;
}

export class UpstreamConnections implements UpstreamClient {
  readonly #connectMs: number;
  readonly #now: () => number;
  readonly #connectTls: buildConnector.connector;
  readonly #pools = new Map<string, Pool>();
  readonly #sweeping: NodeJS.Timeout;
  #waiting: Waiting[] = [];
  #destroyed = false;

  constructor(connectMs: number, now: () => number) {
    this.#connectMs = connectMs;
    this.#now = now;
    this.#connectTls = buildConnector({ ...CONNECTING, timeout: connectMs });
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_MS);
    this.#sweeping.unref();
  }

  dispatch(request: UpstreamRequest, handler: UpstreamHandler): void {
    let pool = this.#pools.get(request.origin);
    if (pool === undefined) {
      pool = new Pool(request.origin, this.#now);
      this.#pools.set(request.origin, pool);
    }
    const connection = pool.take();
    if (connection === undefined) this.#open(pool, request, handler);
    else {
      // In the next phase of the loop, when bytes and ends that wait on this connection have been read: an answer that
      // comes before its request is none of it. One turn serves all that are sent in it.
      if (this.#waiting.push({ pool, connection, request, handler }) === 1) setImmediate(() => this.#sendWaiting());
    }
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    clearInterval(this.#sweeping);
    for (const pool of this.#pools.values()) pool.destroy();
  }

  #sendWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { pool, connection, request, handler } of waiting) {
      let open: UpstreamConnection | undefined = connection;
      while (open !== undefined && !open.isOpen) open = pool.take();
      if (open === undefined) this.#open(pool, request, handler);
      else open.send(request, handler);
    }
  }

  #open(pool: Pool, request: UpstreamRequest, handler: UpstreamHandler): void {
    let connection: UpstreamConnection | undefined = undefined;
    const received = (bytes: Buffer, length: number): boolean => connection?.received(bytes, length) ?? true;
    const connect = pool.isTls
      ? this.#connectTls
      : buildConnector({ ...CONNECTING, timeout: this.#connectMs, onread: readingInto(received) } as object);
    pool.connecting += 1;
    connect(pool.place, (...result) => {
      pool.connecting -= 1;
      if (result[0] !== null) {
        handler.onResponseError(null, result[0]);
        return;
      }
      const socket = result[1];
      if (this.#destroyed) {
        socket.destroy();
        handler.onResponseError(null, new Error('the gateway is closed'));
        return;
      }
      connection = pool.open(socket);
      if (pool.isTls)
        socket.on('data', (chunk: Buffer) => {
          if (!received(chunk, chunk.length)) socket.pause();
        });
      connection.send(request, handler);
    });
  }

  #sweep(): void {
    const nowMs = this.#now();
    for (const [origin, pool] of this.#pools) if (pool.sweep(nowMs)) this.#pools.delete(origin);
  }
}

/** Connections to one origin. */
class Pool implements ConnectionOwner {
  readonly isTls: boolean;
  readonly place: buildConnector.Options;
  connecting = 0;
  readonly #host: string;
  readonly #now: () => number;
  readonly #all = new Set<UpstreamConnection>();
  /** The one that was used last comes first: those that are not needed grow old. */
  readonly #idle: UpstreamConnection[] = [];
  #unusedSweeps = 0;

  constructor(origin: string, now: () => number) {
    const { protocol, hostname, host, port } = new URL(origin);
    this.isTls = protocol === 'https:';
    this.place = { protocol, host, port, hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname };
    this.#host = host;
    this.#now = now;
  }

  take(): UpstreamConnection | undefined {
    this.#unusedSweeps = 0;
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined || connection.isOpen) return connection;
    }
  }

  open(socket: Socket): UpstreamConnection {
    const connection = new UpstreamConnection(socket, this.#host, this);
    this.#all.add(connection);
    return connection;
  }

  idle(connection: UpstreamConnection, idleMs: number | undefined): void {
    connection.idleUntilMs = this.#now() + Math.min(idleMs ?? IDLE_MS, LONGEST_IDLE_MS) - SWEEP_MS;
    this.#idle.push(connection);
  }

  closed(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    const place = this.#idle.indexOf(connection);
    if (place !== -1) this.#idle.splice(place, 1);
  }

  /** Closes what was idle for too long. True: there has been nothing here for a while. */
  sweep(nowMs: number): boolean {
    for (const connection of this.#idle.filter((one) => one.idleUntilMs <= nowMs)) connection.destroy();
    this.#unusedSweeps = this.#all.size + this.connecting > 0 ? 0 : this.#unusedSweeps + 1;
    return this.#unusedSweeps > 1000 / SWEEP_MS;
  }

  destroy(): void {
    for (const connection of this.#all) connection.destroy();
  }
}

function readingInto(received: (bytes: Buffer, length: number) => boolean): object {
  return { buffer: READ_BUFFER, callback: (length: number, bytes: Buffer) => received(bytes, length) };
}
