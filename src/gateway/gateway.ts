/**
 * The proxy: lets a call in and finds its destination. From there on it is send.ts, and forward.ts from the first byte that goes
 * upstream. Listening is left to ingress.ts, storing to whoever gives
 * `record`.
 */
import { ERRORS, type ErrorCode, GatewayError } from '../errors.ts';
import { newId } from '../model/id.ts';
import { mayDo, type Principal } from '../model/key.ts';
import { propertyName } from '../model/property.ts';
import { isFromOtherSite } from '../model/other-site.ts';
import { addressPolicy } from '../outbound/address-policy.ts';
import { type Arrival, Call, type Core, type Lane } from './call.ts';
import type { Incoming, Outgoing } from './client-side.ts';
import { readDirectives } from './directives.ts';
import { UpstreamConnections } from './fast-lane/upstream-connections.ts';
import { findGuard } from './guarded-request.ts';
import { readRequestHeaders } from './headers.ts';
import { hostProblem } from './host.ts';
import { InFlight } from './in-flight.ts';
import type { GatewayOptions, Upstream } from './options.ts';
import { type OwnAnswer, ownIncoming, OwnOutgoing, type OwnRequest } from './own-call.ts';
import { answerError } from './refusal.ts';
import { COLLECTED_BYTES, declaredLength } from './request-body.ts';
import { isPath } from './routes.ts';
import { expectsContinue, send } from './send.ts';
import { type Destination, findDestination, readTargets, storedCredential } from './target.ts';
import { createGuardedClient, createUpstreamClient } from './upstream-client.ts';

export type { GatewayOptions, OwnAnswer, OwnRequest, Upstream };

export interface Gateway {
  handle(incoming: Incoming, outgoing: Outgoing, lane?: Lane): void;
  /**
   * Makes a call of Gradeway's own, which is logged as any other and never evaluated: no client can ask for that. Undefined:
   * there was no whole answer in time. Never rejects.
   */
  call(request: OwnRequest): Promise<OwnAnswer | undefined>;
  /** Calls that run or whose log is not committed yet. */
  inFlight(): number;
  /** Ends what still runs as `interrupted`, waits for its logs, and closes all connections to upstreams. */
  close(): Promise<void>;
}

const systemClock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** Creates the proxy. It opens connections to upstreams as calls come, and none before. */
export function createGateway(options: GatewayOptions): Gateway {
  const clock = options.clock ?? systemClock;
  const { headersMs, bodyMs } = options.timeouts;
  const tickMs = Math.max(10, Math.min(250, Math.floor(Math.min(headersMs, bodyMs) / 4)));
  const core: Core = {
    options,
    clock,
    clients: {
      ordinary: createUpstreamClient(options.timeouts.connectMs),
      fast: new UpstreamConnections(options.timeouts.connectMs, () => clock.monotonicMs()),
    },
    guardedClient: createGuardedClient(
      options.timeouts.connectMs,
      addressPolicy(options.targetUrl.allowedNetworks, 'targetUrl.allowedNetworks'),
      options.resolve,
    ),
    inFlight: new InFlight(() => clock.monotonicMs(), tickMs),
    targets: readTargets(options.upstreams),
  };
  let closed: Promise<void> | undefined;
  const arrive = (incoming: Incoming, outgoing: Outgoing, lane: Lane, own?: OwnRequest): Arrival => {
    const startedAtMs = clock.nowMs();
    const id = own?.id ?? newId(startedAtMs);
    const headers = readRequestHeaders(incoming.rawHeaders, incoming.headers.connection);
    const reading = readDirectives(headers.directives, id);
    const startedMs = clock.monotonicMs();
    return { lane, incoming, outgoing, id, startedAtMs, startedMs, headers, reading, isOurs: own !== undefined };
  };
  return {
    handle(incoming, outgoing, lane = 'ordinary') {
      const arrival = arrive(incoming, outgoing, lane);
      if (closed !== undefined) {
        turnAway(core, arrival, 'draining');
        return;
      }
      const problem = hostProblem(incoming, options.allowedHosts);
      if (problem !== undefined) {
        turnAway(core, arrival, 'invalid_host', problem);
        return;
      }
      letIn(core, arrival);
    },
    call(request) {
      const { promise, resolve } = Promise.withResolvers<OwnAnswer | undefined>();
      const outgoing = new OwnOutgoing(request.timeoutMs, resolve);
      const arrival = arrive(ownIncoming(request), outgoing, 'ordinary', request);
      for (const [name, value] of Object.entries(request.properties))
        arrival.reading.directives.properties.set(propertyName(name), value);
      if (closed === undefined) begin(core, arrival, { projectId: request.projectId, keyId: null, scopes: ['ingest'] });
      else turnAway(core, arrival, 'draining');
      return promise;
    },
    inFlight: () => core.inFlight.size,
    close() {
      closed ??= core.inFlight.close().then(async () => {
        for (const client of [...Object.values(core.clients), core.guardedClient]) await client.destroy();
      });
      return closed;
    },
  };
}

function letIn(core: Core, arrival: Arrival): void {
  const known = (principal: Principal | undefined): void => {
    if (principal === undefined) turnAway(core, arrival, 'unauthorized', keyProblem(arrival.reading.token));
    else begin(core, arrival, principal);
  };
  const failed = (cause: unknown): void => turnAway(core, arrival, codeOf(cause), undefined, cause);
  try {
    const principal = core.options.authenticate(arrival.reading.token);
    if (principal instanceof Promise) principal.then(known).catch(failed);
    else known(principal);
  } catch (cause) {
    failed(cause);
  }
}

/** Undefined where the client sent no key at all: the message of the table says where it belongs. */
function keyProblem(token: string | undefined): string | undefined {
  if (token === undefined) return undefined;
  return 'The Gradeway key of this call is unknown or revoked. Send a valid one as Helicone-Auth: Bearer <key>.';
}

/** Refuses a call that belongs to no project: it is reported, under the id that its client sees, and not recorded. */
function turnAway(core: Core, arrival: Arrival, code: ErrorCode, message?: string, cause?: unknown): void {
  const { incoming, outgoing, reading } = arrival;
  const { requestId } = reading.directives;
  core.options.report({ code, id: requestId, cause });
  const ids = { id: null, requestId, ignored: reading.ignored, logStatus: undefined };
  answerError(incoming, outgoing, code, message ?? ERRORS[code].message, ids, mustClose(incoming));
}

function begin(core: Core, arrival: Arrival, principal: Principal): void {
  if (arrival.reading.ignored !== undefined) core.options.ignored?.();
  const call = new Call(core, arrival, principal);
  call.begin();
  if (call.over) return;
  try {
    check(call);
    const { incoming, reading } = call;
    call.destination = findDestination(incoming.url!, reading.targetUrl, core.targets, core.options);
    call.credential = chooseCredential(call, call.destination);
    call.guard = findGuard(call);
    send(call);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'internal') core.options.report({ code, id: call.id, cause: error });
    const message = error instanceof GatewayError ? error.message : ERRORS[code].message;
    call.refuse(code, message, 'refused', mustClose(arrival.incoming));
  }
}

/** Throws what is wrong with a request that HTTP's grammar allows. */
function check(call: Call): void {
  const { incoming } = call;
  const { limits } = call.core.options;
  if (!mayDo(call.principal, 'ingest'))
    throw new GatewayError('forbidden', { message: 'This key does not have the scope ingest, which calls need.' });
  if (incoming.rawHeaders.length > 2 * limits.headerCount)
    throw new GatewayError('headers_too_large', {
      message: `The request has ${incoming.rawHeaders.length / 2} headers; limits.headerCount is ${limits.headerCount}.`,
    });
  if (!isPath(incoming.url!)) throw new GatewayError('invalid_target');
  const coding = incoming.headers['transfer-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'chunked')
    throw new GatewayError('not_implemented', { message: 'The only transfer coding that is taken is chunked.' });
  if (coding !== undefined && incoming.httpVersionMinor === 0)
    throw new GatewayError('invalid_body', { message: 'HTTP/1.0 has no transfer codings. Send a Content-Length.' });
  // Other upgrades, such as the h2c that Java's client offers each time, may be ignored (RFC 9110, 7.8).
  if (/websocket/i.test(incoming.headers.upgrade ?? ''))
    throw new GatewayError('not_implemented', { message: 'WebSockets are not proxied. Use the HTTP interface.' });
  const length = declaredLength(incoming);
  if (length !== undefined && length > limits.requestBodyBytes)
    throw new GatewayError('body_too_large', {
      message: `The request body has ${length} bytes; limits.requestBodyBytes is ${limits.requestBodyBytes}.`,
    });
}

/**
 * The stored key, where the client brings none. While there are no keys of ours, a page of another site that a browser
 * shows must not spend it. What such a page asks first (CORS preflight) carries no credential ever, and goes without.
 */
function chooseCredential({ incoming, headers, principal }: Call, destination: Destination): Call['credential'] {
  const credential = storedCredential(destination, headers.hasCredential);
  if (credential === undefined || principal.keyId !== null) return credential;
  const { 'sec-fetch-site': site, origin, host } = incoming.headers;
  if (!isFromOtherSite({ site, origin, host })) return credential;
  if (incoming.method === 'OPTIONS') return undefined;
  throw new GatewayError('forbidden', {
    message:
      `Pages of other sites may not use the stored key of ${destination.target.name}. Send the provider's key with the ` +
      'call, or create a Gradeway key (gradeway keys create) and send it as Helicone-Auth: Bearer <key>.',
  });
}

/** Whether the rest of the request is too much to be read for nothing. */
function mustClose(incoming: Incoming): boolean {
  const length = declaredLength(incoming);
  return length !== undefined && (length === -1 || length > COLLECTED_BYTES || expectsContinue(incoming));
}

function codeOf(error: unknown): ErrorCode {
  return error instanceof GatewayError ? error.code : 'internal';
}
