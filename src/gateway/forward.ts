/**
 * One call's way upstream and back: the handler of what the client for upstreams reports. Bytes go through unchanged; what the
 * client may not see before the log is committed is held by answer.ts, what the call was is reported by call.ts.
 */
import { ERRORS } from '../errors.ts';
import type { Ending } from '../model/ending.ts';
import { RefusedAddress } from '../outbound/guarded-connect.ts';
import { Answer } from './answer.ts';
import type { Call, Forwarded } from './call.ts';
import { readResponseHeaders, readTrailers } from './headers.ts';
import { Upload, type UploadWatcher } from './request-body.ts';
import { isResetting, reasonBytes } from './upstream-client.ts';
import type { ParsedHeaders, UpstreamController, UpstreamHandler } from './upstream-side.ts';
import { chunkPassed } from './young-garbage.ts';

/** Pairs of (bytes, milliseconds) that are noted of a response's arrival. */
const ARRIVALS = 64;
const TIMEOUT_CODES = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

/** Sends a call with its whole body, or none, to its destination. */
export function forward(call: Call, body: Buffer | null): void {
  if (body !== null) call.request.keep(body);
  new Forwarding(call).dispatch(body, -1);
}

/** Sends a call whose body flows; `length` is -1 where it comes in chunks. */
export function forwardStream(call: Call, length: number): void {
  const forwarding = new Forwarding(call);
  forwarding.dispatch(new Upload(call.incoming, forwarding), length);
}

class Forwarding implements UpstreamHandler, Forwarded, UploadWatcher {
  readonly #call: Call;
  readonly #answer: Answer;
  readonly #withholds: boolean;
  #controller: UpstreamController | undefined = undefined;
  #status: number | undefined = undefined;
  /** Since when it has been the upstream's turn; 0 while it is not. */
  #waitingSinceMs = 0;
  /** The request's body flows and is not all sent. */
  #uploading = false;
  #watchesDrain = false;
  #ended = false;

  constructor(call: Call) {
    this.#call = call;
    this.#withholds = call.core.options.withholds();
    this.#answer = new Answer(call.outgoing, this.#withholds);
    call.forwarded = this;
  }

  dispatch(body: Buffer | Upload | null, length: number): void {
    const { core, lane, incoming, headers, destination, credential } = this.#call;
    const { passed } = headers;
    if (credential !== undefined) passed.push(credential[0], credential[1]);
    if (length !== -1) passed.push('content-length', String(length));
    this.#uploading = body instanceof Upload;
    const client = destination!.target.chosenByClient ? core.guardedClient : core.clients[lane];
    client.dispatch(
      {
        origin: destination!.target.origin,
        path: destination!.path,
        method: incoming.method!,
        headers: passed,
        body,
      },
      this,
    );
  }

  onRequestStart(controller: UpstreamController): void {
    this.#controller = controller;
    if (this.#call.over) controller.abort(new Error('the call is over'));
    else if (!this.#uploading && this.#status === undefined) this.#waitingSinceMs = this.#call.core.clock.monotonicMs();
  }

  onResponseStart(controller: UpstreamController, status: number, parsed: ParsedHeaders, reason?: string): void {
    const call = this.#call;
    if (call.over) return;
    const now = call.core.clock.monotonicMs();
    this.#waitingSinceMs = now;
    const raw = controller.rawHeaders as Buffer[];
    const connection = parsed['connection'];
    const named = Array.isArray(connection) ? connection.join(',') : connection;
    if (status < 100) {
      // undici takes it for an informational one.
      this.#fail('upstream_aborted', undefined, new Error('the upstream answered with a status below 100'));
      this.stop();
      return;
    }
    if (status < 200) {
      this.#inform(status, readResponseHeaders(raw, named, false).passed);
      return;
    }
    const mayHaveBody = call.incoming.method !== 'HEAD' && status !== 204 && status !== 304;
    const trailers = mayHaveBody && parsed['content-length'] === undefined && call.incoming.httpVersionMinor !== 0;
    const { passed, logged, contentLength } = readResponseHeaders(raw, named, trailers);
    passed.push(...call.ownHeaders());
    this.#status = status;
    call.responseHeaders = logged;
    if (mayHaveBody && contentLength !== -1) call.response.reserve(contentLength);
    call.firstByteMs = call.sinceStartMs(now);
    const type = logged['content-type'];
    this.#answer.start({
      status,
      reason: reasonBytes(reason ?? ''),
      headers: passed,
      contentLength: mayHaveBody ? contentLength : -1,
      mayHaveBody,
      isEventStream: type !== undefined && isEventStream(type) && logged['content-encoding'] === undefined,
    });
  }

  onResponseData(controller: UpstreamController, chunk: Buffer): void {
    const call = this.#call;
    if (call.over) return;
    const now = call.core.clock.monotonicMs();
    const sinceStartMs = call.sinceStartMs(now);
    if (call.response.size === 0) call.firstByteMs = sinceStartMs;
    call.response.add(chunk);
    chunkPassed(chunk.length);
    if (call.arrivals.length < 2 * ARRIVALS) call.arrivals.push(call.response.size, sinceStartMs);
    this.#waitingSinceMs = now;
    if (this.#answer.write(chunk)) return;
    this.#waitingSinceMs = 0;
    controller.pause();
    this.#resumeOnDrain();
  }

  onResponseEnd(controller: UpstreamController): void {
    const call = this.#call;
    if (call.over) return;
    if (isResetting()) {
      this.onResponseError(controller, new Error('the connection was reset inside a body without length'));
      return;
    }
    const raw = controller.rawTrailers as Buffer[] | null;
    const trailers = raw === null || raw.length === 0 ? undefined : readTrailers(raw);
    this.#ended = true;
    this.#answer.complete();
    // The report comes first in either mode: an answer that is out may close the connection at once.
    const reported = call.report('ended', this.#status);
    if (this.#withholds) void reported.then(() => this.#answer.end(trailers));
    else this.#answer.end(trailers);
  }

  onResponseError(_controller: UpstreamController | null, error: Error & { code?: string }): void {
    if (this.#call.over) return;
    const { code } = error;
    if (error instanceof RefusedAddress) {
      this.#call.refuse('target_not_allowed', refusedTarget(this.#call), 'refused', this.#uploading);
      return;
    }
    const late = code !== undefined && TIMEOUT_CODES.has(code);
    this.#fail(late ? 'timeout' : 'upstream_aborted', code, error);
  }

  seenStatus(): number | undefined {
    return this.#answer.headSent ? this.#status : undefined;
  }

  checkSilence(nowMs: number): void {
    if (this.#waitingSinceMs === 0) return;
    const { headersMs, bodyMs } = this.#call.core.options.timeouts;
    if (nowMs - this.#waitingSinceMs <= (this.#status === undefined ? headersMs : bodyMs)) return;
    this.#fail('timeout', undefined, new Error('the upstream was silent'));
    this.stop();
  }

  stop(): void {
    this.#controller?.abort(new Error('the call is over'));
  }

  cut(): void {
    this.#answer.cut();
  }

  uploading(chunk: Buffer): boolean {
    const call = this.#call;
    if (call.over) return false;
    call.request.add(chunk);
    chunkPassed(chunk.length);
    const limit = call.core.options.limits.requestBodyBytes;
    if (call.request.size <= limit) return true;
    const message = `${ERRORS.body_too_large.message} It is ${limit} bytes.`;
    if (this.#answer.headSent) this.#break('refused');
    else call.refuse('body_too_large', message);
    this.stop();
    return false;
  }

  waitsForUpstream(waits: boolean): void {
    if (this.#status === undefined) this.#waitingSinceMs = waits ? this.#call.core.clock.monotonicMs() : 0;
  }

  #inform(status: number, headers: string[]): void {
    const { incoming, outgoing } = this.#call;
    if (incoming.httpVersionMinor === 0 || outgoing.headersSent || outgoing.destroyed) return;
    outgoing.writeInformation(status, headers);
  }

  #fail(ending: 'timeout' | 'upstream_aborted', code: string | undefined, error: Error): void {
    const call = this.#call;
    const errorCode = ending === 'timeout' ? 'upstream_timeout' : 'upstream_unreachable';
    call.core.options.report({ code: errorCode, id: call.id, cause: error });
    if (this.#answer.headSent) {
      this.#break(ending);
      return;
    }
    const message = `${ERRORS[errorCode].message}${code === undefined ? '' : ` (${code})`}`;
    call.refuse(errorCode, message, ending, this.#uploading);
  }

  /** The client already has part of the answer. */
  #break(ending: Ending): void {
    void this.#call.report(ending, this.#status);
    this.#answer.cut();
  }

  #resumeOnDrain(): void {
    if (this.#watchesDrain) return;
    this.#watchesDrain = true;
    this.#call.outgoing.on('drain', () => {
      if (this.#ended || this.#call.over) return;
      this.#waitingSinceMs = this.#call.core.clock.monotonicMs();
      this.#controller?.resume();
    });
  }
}

/** Without the address: what a name stands for in our network is nothing that a caller is told. */
function refusedTarget({ destination }: Call): string {
  return (
    `${destination!.target.name} of Helicone-Target-URL does not lead to the public internet with TLS, and no network of ` +
    'targetUrl.allowedNetworks has its address.'
  );
}

function isEventStream(type: string): boolean {
  return type.startsWith('text/event-stream') || type.toLowerCase().startsWith('text/event-stream');
}
