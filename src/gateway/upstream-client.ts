/**
 * The HTTP/1.1 client for upstreams: undici's Agent, one pool per origin, one request at a time on a connection, no
 * retries (a POST that met a connection closed by its peer fails with 502; undici repeats nothing that it has written).
 * It also sees to three things that undici's parser gets wrong: an unsolicited `100 Continue`, a reason phrase that comes
 * in pieces or is not UTF-8, and a body without length that a reset breaks off and that would count as ended.
 */
import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { Agent, buildConnector, Client } from 'undici';
import type { AddressPolicy } from '../outbound/address-policy.ts';
import { guardedConnector, type Resolve } from '../outbound/guarded-connect.ts';

const LF = 0x0a;
const MAX_HEAD_BYTES = 64 * 1024;
/** Shorter than the idle time after which common servers close, so that a stale connection is rarely tried. */
export const IDLE_MS = 4000;

interface HeadWatch {
  /** Whether the next bytes begin a response's head. */
  atHead: boolean;
  held: Buffer | undefined;
}

const watches = new WeakMap<object, HeadWatch>();
/** Reason phrases that are not ASCII: as undici decodes them -> as they came, in latin1. */
const reasons = new Map<string, string>();
let resetting = false;
let subscribed = false;

/** How connections are made, in both lanes. */
export const CONNECTING = {
  allowH2: false,
  autoSelectFamily: true,
  autoSelectFamilyAttemptTimeout: 500,
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
};
/** Timeouts other than the connect's are kept by in-flight.ts. */
const SENDING = { allowH2: false, pipelining: 1, headersTimeout: 0, bodyTimeout: 0, maxHeaderSize: MAX_HEAD_BYTES };

/** The client for all upstreams that the settings name. */
export function createUpstreamClient(connectMs: number): Agent {
  return agentOf(buildConnector({ ...CONNECTING, timeout: connectMs }));
}

/** The client for what callers name: it connects to addresses that the policy allows. */
export function createGuardedClient(connectMs: number, policy: AddressPolicy, resolve?: Resolve): Agent {
  return agentOf(guardedConnector(policy, { ...CONNECTING, timeoutMs: connectMs, resolve }));
}

function agentOf(connector: buildConnector.connector): Agent {
  subscribeOnce();
  return new Agent({
    ...SENDING,
    connect: (options, callback) => {
      connector(options, (...result) => {
        if (result[0] === null) watch(result[1]);
        callback(...result);
      });
    },
    keepAliveTimeout: IDLE_MS,
  });
}

/** A client that has one connection, open already. */
export function replayClient(socket: Socket): Client {
  subscribeOnce();
  return new Client('http://replayed', {
    ...SENDING,
    connect: (_options, callback) => {
      watch(socket);
      // undici does not look for what to send when it is called back at once.
      process.nextTick(callback, null, socket);
    },
  });
}

function subscribeOnce(): void {
  if (subscribed) return;
  subscribed = true;
  subscribe('undici:client:sendHeaders', (message) => {
    const state = watches.get((message as { socket: object }).socket);
    if (state !== undefined) state.atHead = true;
  });
}

/** Whether a connection to an upstream is just failing: an end of body reported now is none. */
export function isResetting(): boolean {
  return resetting;
}

/** A reason phrase's bytes as latin1, from what undici made of them; without the control characters that Node refuses. */
export function reasonBytes(decoded: string): string {
  if (/^[ -~]*$/.test(decoded)) return decoded;
  const bytes = reasons.get(decoded) ?? Buffer.from(decoded, 'utf8').toString('latin1');
  return bytes.replaceAll(/[^\t -~\u0080-\u00ff]/g, '');
}

function watch(socket: Socket): void {
  const state: HeadWatch = { atHead: false, held: undefined };
  watches.set(socket, state);
  const read = socket.read.bind(socket);
  socket.read = (size?: number): Buffer | null => {
    const chunk = read(size) as Buffer | null;
    return chunk === null || !state.atHead ? chunk : readHead(state, chunk);
  };
  // This listener comes before undici's, which takes a reset for the end of a body that has no length.
  socket.on('error', () => {
    resetting = true;
    process.nextTick(() => {
      resetting = false;
    });
  });
}

/**
 * What of a head undici may see now: status lines only whole, and no `100 Continue` at all (RFC 9110, 15.2: a client must
 * be able to parse interim responses that it did not ask for). Null where the rest must come first.
 */
function readHead(state: HeadWatch, chunk: Buffer): Buffer | null {
  let bytes = state.held === undefined ? chunk : Buffer.concat([state.held, chunk]);
  state.held = undefined;
  let offset = 0;
  while (offset < bytes.length) {
    const lineEnd = bytes.indexOf(LF, offset);
    // `HTTP/1.1 1xx `, ended by CRLF: whatever is odd about it, undici shall see and refuse.
    const isInterim =
      bytes[offset] === 0x48 &&
      bytes[offset + 9] === 0x31 &&
      bytes[offset + 12]! <= 0x20 &&
      bytes[lineEnd - 1] === 0x0d;
    const end = isInterim && lineEnd !== -1 ? bytes.indexOf('\r\n\r\n', offset, 'latin1') : lineEnd;
    if (end === -1) {
      if (bytes.length - offset > MAX_HEAD_BYTES) break;
      state.held = bytes.subarray(offset);
      return offset === 0 ? null : bytes.subarray(0, offset);
    }
    if (!isInterim) {
      rememberReason(bytes, offset, end);
      break;
    }
    if (bytes.toString('latin1', offset + 9, offset + 12) === '100')
      bytes = Buffer.concat([bytes.subarray(0, offset), bytes.subarray(end + 4)]);
    else offset = end + 4;
  }
  if (offset >= bytes.length) return bytes.length === 0 ? null : bytes;
  state.atHead = false;
  return bytes;
}

function rememberReason(bytes: Buffer, from: number, to: number): void {
  for (let index = from; index < to; index += 1) {
    if (bytes[index]! <= 0x7e) continue;
    const reason = bytes.subarray(from + 13, bytes[to - 1] === 0x0d ? to - 1 : to);
    if (reasons.size < 1000) reasons.set(reason.toString(), reason.toString('latin1'));
    return;
  }
}
