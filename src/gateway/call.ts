/**
 * One proxied call: what is known of it, and its single report to the recorder. A call is open until it is reported, once,
 * whatever happens to it; the ending is decided by whoever closes it first:
 *
 *     open --- upstream's answer arrived whole ------------------> ended
 *          --- client's connection closed -----------------------> client_aborted
 *          --- upstream unreachable, or broke off ---------------> upstream_aborted
 *          --- upstream silent for too long ---------------------> timeout
 *          --- refused before anything went upstream ------------> refused
 *          --- the gateway stops --------------------------------> interrupted
 *
 * A client that hangs up while only the withheld end is missing has still `ended`: that report was made already.
 */
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { Ending } from '../model/ending.ts';
import type { Exchange, StartedExchange } from '../model/exchange.ts';
import type { Principal } from '../model/key.ts';
import { hideSecrets } from '../providers/query-secrets.ts';
import { BodyCapture } from './capture.ts';
import type { Incoming, Outgoing } from './client-side.ts';
import type { DirectiveReading } from './directives.ts';
import type { Guard } from './guard.ts';
import type { GatewayOptions } from './options.ts';
import type { RequestHeaders } from './headers.ts';
import type { InFlight, Running } from './in-flight.ts';
import { answerError, ownHeaders, type RefusalIds } from './refusal.ts';
import type { Destination, Target } from './target.ts';
import type { UpstreamClient } from './upstream-side.ts';

/** Pairs of (bytes, milliseconds) that are noted of a response's arrival. */
const ARRIVALS = 64;

/** By which of the two ways a call came, and goes on: `ordinary` is Node's server and undici, which take everything. */
export type Lane = 'ordinary' | 'fast';

/** What all calls share. */
export interface Core {
  options: GatewayOptions;
  clock: { nowMs(): number; monotonicMs(): number };
  clients: Readonly<Record<Lane, UpstreamClient>>;
  /** For targets that the client chose, whichever lane it came by. */
  guardedClient: UpstreamClient;
  inFlight: InFlight;
  targets: ReadonlyMap<string, Target>;
}

/** The upstream's side of a call, while there is one. */
export interface Forwarded {
  /** The status the client saw; undefined where it saw nothing. */
  seenStatus(): number | undefined;
  checkSilence(nowMs: number): void;
  /** Lets go of the upstream. */
  stop(): void;
  /** Breaks the client's answer off. */
  cut(): void;
}

export class Call implements Running {
  readonly core: Core;
  readonly lane: Lane;
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly id: string;
  readonly startedAtMs: number;
  readonly startedMs: number;
  place = 0;
  isReportedStarted = false;
  readonly principal: Principal;
  readonly headers: RequestHeaders;
  readonly reading: DirectiveReading;
  readonly isOurs: boolean;
  readonly request: BodyCapture;
  readonly response: BodyCapture;
  readonly arrivals: number[] = [];
  destination: Destination | undefined = undefined;
  /** The header of the stored key, where this call spends it. */
  credential: readonly [string, string] | undefined = undefined;
  /** Guardrails that concern it; undefined where there are none. */
  guard: Guard | undefined = undefined;
  forwarded: Forwarded | undefined = undefined;
  firstByteMs: number | undefined = undefined;
  responseHeaders: Record<string, string> = {};
  /** Reported. */
  over = false;

  constructor(core: Core, arrival: Arrival, principal: Principal) {
    this.core = core;
    this.lane = arrival.lane;
    this.incoming = arrival.incoming;
    this.outgoing = arrival.outgoing;
    this.id = arrival.id;
    this.startedAtMs = arrival.startedAtMs;
    this.startedMs = arrival.startedMs;
    this.principal = principal;
    this.headers = arrival.headers;
    this.reading = arrival.reading;
    this.isOurs = arrival.isOurs;
    this.request = new BodyCapture(core.options.limits.captureRequestBytes);
    this.response = new BodyCapture(core.options.limits.captureResponseBytes);
  }

  /** Takes its place among the running calls, and watches the client. */
  begin(): void {
    this.core.inFlight.add(this);
    if (this.outgoing.destroyed) {
      this.#stop('client_aborted');
      return;
    }
    this.outgoing.on('close', () => {
      if (!this.over) this.#stop('client_aborted');
    });
  }

  /** Names and ids for the client: `success` also where the upstream's answer is an error of its own, as at Helicone. */
  ownHeaders(): string[] {
    return ownHeaders(this.#ids(), 'success');
  }

  /** The call as it is now, with these bodies, for who looks at it while it is under way. */
  soFar(bodies: Partial<Pick<Exchange, 'request' | 'response'>>, status?: number): Exchange {
    return { ...this.#exchange('ended', status, undefined), ...bodies };
  }

  sinceStartMs(nowMs: number): number {
    return nowMs - this.startedMs;
  }

  /** Takes note of a part of the answer's body. */
  received(chunk: Buffer, nowMs: number): void {
    const sinceStartMs = this.sinceStartMs(nowMs);
    if (this.response.size === 0) this.firstByteMs = sinceStartMs;
    this.response.add(chunk);
    if (this.arrivals.length < 2 * ARRIVALS) this.arrivals.push(this.response.size, sinceStartMs);
  }

  /** Reports the call. The promise resolves when the log is committed, and never rejects. */
  report(ending: Ending, status: number | undefined, errorCode?: ErrorCode): Promise<void> {
    this.over = true;
    const leave = (): void => this.core.inFlight.delete(this);
    const failed = (cause: unknown): void => {
      this.core.options.report({ code: 'internal', id: this.id, cause });
      leave();
    };
    try {
      return this.core.options.record(this.#exchange(ending, status, errorCode)).then(leave, failed);
    } catch (cause) {
      failed(cause);
      return Promise.resolve();
    }
  }

  /** Answers with an error of ours, after the report where that must come first. Nothing may have been sent yet. */
  refuse(code: ErrorCode, message: string, ending: Ending = 'refused', mustClose = false): void {
    if (this.over) return;
    const answer = (): void =>
      answerError(this.incoming, this.outgoing, code, message, this.#ids(), mustClose || code === 'body_too_large');
    const reported = this.report(ending, ERRORS[code].status, code);
    if (this.core.options.withholds()) void reported.then(answer);
    else answer();
  }

  reportStarted(): void {
    if (!this.over) this.core.options.started(this.#started());
  }

  checkSilence(nowMs: number): void {
    if (!this.over) this.forwarded?.checkSilence(nowMs);
  }

  interrupt(): void {
    if (this.over) return;
    if (this.outgoing.headersSent) {
      this.#stop('interrupted');
      this.forwarded?.cut();
    } else {
      this.refuse('draining', ERRORS.draining.message, 'interrupted', true);
      this.forwarded?.stop();
    }
  }

  /** The report comes first: letting go of the upstream calls back with an error that is none by then. */
  #stop(ending: Ending): void {
    void this.report(ending, this.forwarded?.seenStatus());
    this.forwarded?.stop();
  }

  #ids(): RefusalIds {
    return {
      id: this.id,
      requestId: this.reading.directives.requestId,
      ignored: this.reading.ignored,
      logStatus: this.core.options.logStatus(),
      guardrails: this.guard?.annotations,
    };
  }

  #exchange(ending: Ending, status: number | undefined, errorCode: ErrorCode | undefined): Exchange {
    const exchange = this.#started() as Exchange;
    exchange.status = status;
    exchange.errorCode = errorCode;
    exchange.ending = ending;
    exchange.firstByteMs = this.firstByteMs;
    exchange.durationMs = this.sinceStartMs(this.core.clock.monotonicMs());
    exchange.response = this.response.take();
    return exchange;
  }

  #started(): StartedExchange {
    const target = this.destination?.target;
    const credentials = this.headers.credentials.slice();
    const path = hideSecrets(this.destination?.path ?? this.incoming.url!, credentials);
    if (this.reading.token !== undefined) credentials.push(this.reading.token);
    if (target?.key !== undefined) credentials.push(target.key);
    return {
      id: this.id,
      projectId: this.principal.projectId,
      upstream: target?.name ?? '',
      provider: target?.provider ?? 'openai',
      target: target?.url ?? '',
      method: this.incoming.method!,
      path,
      startedAtMs: this.startedAtMs,
      arrivals: this.arrivals,
      requestHeaders: this.headers.logged,
      responseHeaders: this.responseHeaders,
      directives: this.reading.directives,
      request: this.request.take(),
      credentials,
      isOurs: this.isOurs,
      evaluations: this.guard?.evaluations,
      later: this.guard?.later,
    };
  }
}

/** A request that has arrived and is not let in yet. */
export interface Arrival {
  lane: Lane;
  incoming: Incoming;
  outgoing: Outgoing;
  id: string;
  startedAtMs: number;
  startedMs: number;
  headers: RequestHeaders;
  reading: DirectiveReading;
  /** Made by Gradeway itself. */
  isOurs: boolean;
}
