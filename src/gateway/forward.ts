/**
 * One call's way upstream and back: the handler of what the client for upstreams reports. Bytes go through unchanged; what the
 * client may not see before the log is committed is held by answer.ts, what the call was is reported by call.ts.
 */
import { ERRORS } from '../errors.ts';
import type { Ending } from '../model/ending.ts';
import { RefusedAddress } from '../outbound/guarded-connect.ts';
import { connectionOf, readAnswerHead } from './answer-head.ts';
import { Answer, type Head } from './answer.ts';
import type { Call, Forwarded } from './call.ts';
import type { Refusal } from './guard.ts';
import { readResponseHeaders, readTrailers } from './headers.ts';
import { HeldAnswer, isAnswerGuarded } from './held-answer.ts';
import { Upload, type UploadWatcher } from './request-body.ts';
import { refusedTarget } from './target.ts';
import { isResetting } from './upstream-client.ts';
import type { ParsedHeaders, UpstreamController, UpstreamHandler } from './upstream-side.ts';
import { chunkPassed } from './young-garbage.ts';

const TIMEOUT_CODES = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT']);

/** Sends a call with its whole body, or none, to its destination. */
export function forward(call: Call, body: Buffer | null): void {
  if (body !== null) call.request.keep(body);
  new Forwarding(call).dispatch(body, -1);
}

/** Sends a call whose body flows, and of which `begun` has come already; `length` is -1 where it comes in chunks. */
export function forwardStream(call: Call, length: number, begun?: Buffer): void {
  const forwarding = new Forwarding(call);
  forwarding.dispatch(new Upload(call.incoming, forwarding, begun), length);
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
  /** The answer, while guardrails keep it back. */
  #held: HeldAnswer | undefined = undefined;

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
    if (status < 100) {
      // undici takes it for an informational one.
      this.#fail('upstream_aborted', undefined, new Error('the upstream answered with a status below 100'));
      this.stop();
      return;
    }
    if (status < 200) {
      this.#inform(status, readResponseHeaders(raw, connectionOf(parsed), false).passed);
      return;
    }
    const { head, logged, isStream } = readAnswerHead(call.incoming, { status, reason, raw, parsed });
    this.#status = status;
    call.responseHeaders = logged;
    if (head.contentLength !== -1) call.response.reserve(head.contentLength);
    call.firstByteMs = call.sinceStartMs(now);
    if (isAnswerGuarded(call.guard, head, isStream))
      this.#held = new HeldAnswer(call, head, (held, refusal) => this.#settle(held, refusal));
    else this.#start(head);
  }

  onResponseData(controller: UpstreamController, chunk: Buffer): void {
    const call = this.#call;
    if (call.over) return;
    const now = call.core.clock.monotonicMs();
    call.received(chunk, now);
    chunkPassed(chunk.length);
    this.#waitingSinceMs = now;
    if (this.#held !== undefined) this.#held.add(chunk);
    else if (!this.#answer.write(chunk)) this.#pause(controller);
  }

  onResponseEnd(controller: UpstreamController): void {
    const call = this.#call;
    if (call.over) return;
    if (isResetting()) {
      this.onResponseError(controller, new Error('the connection was reset inside a body without length'));
      return;
    }
    const raw = controller.rawTrailers as Buffer[] | null;
    const trailers = raw === null ? undefined : readTrailers(raw);
    this.#ended = true;
    // The connection may serve another call from here on.
    this.#controller = undefined;
    this.#waitingSinceMs = 0;
    if (this.#held === undefined) this.#finish(trailers);
    else this.#held.end(trailers);
  }

  onResponseError(_controller: UpstreamController | null, error: Error & { code?: string }): void {
    if (this.#call.over) return;
    const { code } = error;
    if (error instanceof RefusedAddress) {
      this.#call.refuse('target_not_allowed', refusedTarget(this.#call.destination!), 'refused', this.#uploading);
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

  #start(head: Head): void {
    head.headers.push(...this.#call.ownHeaders());
    this.#answer.start(head);
  }

  #finish(trailers: [string, string][] | undefined): void {
    this.#answer.complete();
    // The report comes first in either mode: an answer that is out may close the connection at once.
    const reported = this.#call.report('ended', this.#status);
    if (this.#withholds) void reported.then(() => this.#answer.end(trailers));
    else this.#answer.end(trailers);
  }

  /** Lets go of what was held: to the client, or not at all. */
  #settle(held: HeldAnswer, refusal: Refusal | undefined): void {
    this.#held = undefined;
    if (refusal !== undefined) {
      this.#call.refuse(refusal.code, refusal.message);
      this.stop();
      return;
    }
    this.#start(held.head);
    const goesOn = held.chunks.map((chunk) => this.#answer.write(chunk)).every(Boolean);
    if (held.isEnded) this.#finish(held.trailers);
    else if (!goesOn) this.#pause(this.#controller!);
  }

  #pause(controller: UpstreamController): void {
    this.#waitingSinceMs = 0;
    controller.pause();
    this.#resumeOnDrain();
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
