/**
 * The listening server: its limits and deadlines, what it turns away before anything looks at a path, the choice between
 * our API and the proxy, and the way it stops. What either does with a request is left to them.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ERRORS, type ErrorCode } from '../errors.ts';
import { newId } from '../model/id.ts';
import { answerClientError, answerOnSocket } from './client-error.ts';
import { FastLane } from './fast-lane/fast-lane.ts';
import type { Gateway } from './gateway.ts';
import { hostProblem } from './host.ts';
import type { GatewayOptions } from './options.ts';
import { answerError } from './refusal.ts';

export interface IngressOptions {
  gateway: Gateway;
  api: {
    /** Whether this method and path (without query) are our own. */
    handles(method: string, path: string): boolean;
    listener(incoming: IncomingMessage, outgoing: ServerResponse): void;
  };
  limits: Pick<GatewayOptions['limits'], 'headerBytes' | 'headerCount' | 'connections'>;
  timeouts: Pick<GatewayOptions['timeouts'], 'clientHeadersMs' | 'clientRequestMs' | 'keepAliveMs' | 'drainMs'>;
  allowedHosts: ReadonlySet<string> | undefined;
  /** Whether plain calls take the fast lane. Off by default until it has been measured under load; tests hold it to the ordinary one. */
  fastLane?: boolean;
}

export interface Ingress {
  server: Server;
  /** Resolves with where it really listens. Rejects as `net.Server.listen` fails, with `EADDRINUSE` and the like. */
  listen(host: string, port: number): Promise<{ host: string; port: number }>;
  /**
   * Stops accepting, answers new requests on open connections with 503, waits for open calls until `drainMs`, then
   * interrupts them. Resolves when the last connection is closed.
   */
  drain(): Promise<void>;
  closeAllConnections(): void;
}

const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
/** While draining, how often idle connections are looked for. */
const DRAIN_TICK_MS = 20;

/** Creates the server. It does not listen yet. */
export function createIngress(options: IngressOptions): Ingress {
  const { gateway, api, limits, timeouts, allowedHosts, fastLane = true } = options;
  let draining: Promise<void> | undefined;

  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    if (draining !== undefined) {
      outgoing.shouldKeepAlive = false;
      turnAway(incoming, outgoing, 'draining');
      return;
    }
    // Node's parser lets `HTTP/2.0` through in a request line.
    if (incoming.httpVersionMajor !== 1) {
      turnAway(incoming, outgoing, 'invalid_request');
      return;
    }
    const { method, url } = incoming as { method: string; url: string };
    if (url === '*' && method === 'OPTIONS') {
      outgoing.writeHead(204, { Allow: ALLOWED_METHODS }).end();
      return;
    }
    const query = url.indexOf('?');
    if (!api.handles(method, query === -1 ? url : url.slice(0, query))) {
      gateway.handle(incoming, outgoing);
      return;
    }
    const problem = hostProblem(incoming, allowedHosts);
    if (problem !== undefined) {
      turnAway(incoming, outgoing, 'invalid_host', problem);
      return;
    }
    if (incoming.headers.expect !== undefined && incoming.httpVersionMinor !== 0) outgoing.writeContinue();
    api.listener(incoming, outgoing);
  };

  // Deadlines are looked at this often; Node's default of 30 s would double the shorter ones.
  const checkEveryMs = Math.max(20, Math.min(1000, Math.floor(timeouts.clientHeadersMs / 4)));
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: timeouts.clientHeadersMs,
    requestTimeout: Math.max(timeouts.clientRequestMs, timeouts.clientHeadersMs),
    keepAliveTimeout: timeouts.keepAliveMs,
    connectionsCheckingInterval: checkEveryMs,
    // Missing and double Host headers get an answer that says so (host.ts).
    requireHostHeader: false,
    noDelay: true,
  });
  // Node drops headers beyond this count in silence: no limit here, the gateway counts.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  server.on('request', onRequest);
  // Whoever takes the request sends the 100, once it wants the body.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('clientError', answerClientError);
  server.on('connect', (_incoming, socket) =>
    answerOnSocket(socket, 'not_implemented', ERRORS.not_implemented.message),
  );

  const lane = fastLane
    ? new FastLane(server, {
        handle: (incoming, outgoing) => gateway.handle(incoming, outgoing, 'fast'),
        isOurs: (method, path) => api.handles(method, path),
        limits,
        timeouts,
        checkEveryMs,
      })
    : undefined;
  const closeAllConnections = (): void => {
    lane?.closeAll();
    server.closeAllConnections();
  };

  return {
    server,
    listen: (host, port) => listen(server, host, port),
    drain() {
      if (lane !== undefined) lane.isDraining = true;
      draining ??= drain({ server, gateway, lane, closeAllConnections, drainMs: timeouts.drainMs });
      return draining;
    },
    closeAllConnections,
  };
}

function listen(server: Server, host: string, port: number): Promise<{ host: string; port: number }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address() as AddressInfo;
      resolve({ host: address.address, port: address.port });
    });
  });
}

interface Draining {
  server: Server;
  gateway: Gateway;
  lane: FastLane | undefined;
  closeAllConnections: () => void;
  drainMs: number;
}

async function drain({ server, gateway, lane, closeAllConnections, drainMs }: Draining): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  // Connections become idle one by one as their answers end; Node closes only those that are idle at one moment.
  const idle = setInterval(() => {
    lane?.closeIdle();
    server.closeIdleConnections();
  }, DRAIN_TICK_MS);
  const deadline = setTimeout(() => {
    void gateway.close().then(closeAllConnections);
  }, drainMs);
  await closed;
  clearInterval(idle);
  clearTimeout(deadline);
}

/** Refuses what belongs to no call: nothing of it is recorded. */
function turnAway(incoming: IncomingMessage, outgoing: ServerResponse, code: ErrorCode, message?: string): void {
  const ids = { id: null, requestId: newId(), ignored: undefined, logStatus: undefined };
  answerError(incoming, outgoing, code, message ?? ERRORS[code].message, ids, true);
}
