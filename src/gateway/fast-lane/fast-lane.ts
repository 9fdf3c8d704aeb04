/**
 * The fast lane's place before Node's server: it gets each new connection first and keeps it while its requests are plain
 * ones for the proxy; all others go on to that server, which serves them as if it had had them from the beginning. One
 * interval keeps the deadlines of all connections.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Incoming, Outgoing } from '../client-side.ts';
import { ClientConnection, type ConnectionLane } from './client-connection.ts';

export interface FastLaneOptions {
  handle(incoming: Incoming, outgoing: Outgoing): void;
  /** Whether this method and path (without query) are our API's. */
  isOurs(method: string, path: string): boolean;
  limits: { headerBytes: number; headerCount: number };
  timeouts: { clientHeadersMs: number; clientRequestMs: number; keepAliveMs: number };
  checkEveryMs: number;
}

/** Node keeps idle connections for so long beyond what it tells the client. */
const IDLE_MARGIN_MS = 1000;

export class FastLane implements ConnectionLane {
  readonly keepAlive: string;
  readonly limits: FastLaneOptions['limits'];
  readonly deadlines: { headersMs: number; requestMs: number; idleMs: number };
  readonly handle: FastLaneOptions['handle'];
  readonly isOurs: FastLaneOptions['isOurs'];
  isDraining = false;
  readonly #connections: ClientConnection[] = [];
  readonly #server: Server;
  readonly #ordinary: ReturnType<Server['listeners']>;
  readonly #checking: NodeJS.Timeout;

  /** Puts itself before the server's own listener for connections. */
  constructor(server: Server, options: FastLaneOptions) {
    const { clientHeadersMs, clientRequestMs, keepAliveMs } = options.timeouts;
    this.keepAlive = `timeout=${Math.floor(keepAliveMs / 1000)}`;
    this.limits = options.limits;
    this.deadlines = {
      headersMs: clientHeadersMs,
      requestMs: Math.max(clientRequestMs, clientHeadersMs),
      idleMs: keepAliveMs + IDLE_MARGIN_MS,
    };
    this.handle = (incoming, outgoing) => options.handle(incoming, outgoing);
    this.isOurs = (method, path) => options.isOurs(method, path);
    this.#server = server;
    this.#ordinary = server.listeners('connection');
    server.removeAllListeners('connection');
    server.on('connection', (socket) => this.#add(socket));
    this.#checking = setInterval(() => this.#checkDeadlines(), options.checkEveryMs);
    this.#checking.unref();
    server.once('close', () => clearInterval(this.#checking));
  }

  now(): number {
    return performance.now();
  }

  remove(connection: ClientConnection): void {
    const last = this.#connections.pop();
    if (last === undefined || last === connection) return;
    this.#connections[connection.place] = last;
    last.place = connection.place;
  }

  handOver(connection: ClientConnection, bytes: Buffer): void {
    const { socket } = connection;
    this.remove(connection);
    socket.unshift(bytes);
    for (const listener of this.#ordinary) listener.call(this.#server, socket);
    if (socket.isPaused()) socket.resume();
  }

  closeIdle(): void {
    for (const connection of this.#connections.slice()) if (connection.isIdle) connection.socket.destroy();
  }

  closeAll(): void {
    for (const connection of this.#connections.slice()) connection.socket.destroy();
  }

  #add(socket: Socket): void {
    const connection = new ClientConnection(this, socket);
    connection.place = this.#connections.length;
    this.#connections.push(connection);
  }

  #checkDeadlines(): void {
    const nowMs = this.now();
    for (const connection of this.#connections.slice()) connection.checkDeadlines(nowMs);
  }
}
