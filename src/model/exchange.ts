/** One proxied call as the gateway saw it: what is handed to the recorder, once, when the call is over. Plain data. */
import type { Directives } from './directives.ts';
import type { Ending } from './ending.ts';
import type { Filter } from './filter.ts';
import type { Outcome } from './outcome.ts';

/** The bounded copy of what passed in one direction. */
export interface Capture {
  /** The first bytes that passed, as they were on the wire (content-encoding included), in pieces. */
  parts: readonly Uint8Array[];
  /** How many bytes these are. */
  kept: number;
  /** How many bytes passed in all. */
  size: number;
  /** Whether `kept` is less than `size`. */
  truncated: boolean;
  /** SHA-256 in hex of all that passed; only where `truncated`. */
  sha256: string | undefined;
}

/** The bytes of a capture in one piece. */
export function bytesOf({ parts }: Pick<Capture, 'parts'>): Uint8Array {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

export interface Exchange {
  /** The log's own id, UUIDv7. */
  id: string;
  projectId: string;
  /** Name of the upstream: `openai`, `anthropic`, or one of the configuration. */
  upstream: string;
  /** The wire format spoken there. */
  provider: Provider;
  /** Origin and base path of the upstream, without credentials; empty where none was found. */
  target: string;
  method: string;
  /** Path and query as sent upstream, base path included; values of secret query parameters replaced. */
  path: string;
  /** What the client saw; undefined where it saw nothing. */
  status: number | undefined;
  /** Our error code where the answer is ours. */
  errorCode: string | undefined;
  ending: Ending;
  /** Milliseconds since the epoch. */
  startedAtMs: number;
  /** From the start to the first byte of the answer's body or, without one, its head; monotonic. */
  firstByteMs: number | undefined;
  durationMs: number;
  /**
   * Arrival of the response's chunks: pairs of (bytes received so far, milliseconds since start), the first 64 chunks.
   * The recorder finds in it when the first token came.
   */
  arrivals: number[];
  /** Only names on the allow-list of `gateway/headers.ts`, lower case. */
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  directives: Directives;
  request: Capture;
  response: Capture;
  /** Credentials that the client sent, to be struck out wherever a body echoes them. Never stored. */
  credentials: string[];
  /** Gradeway made the call itself, for a judge: no evaluator looks at it. */
  isOurs?: boolean | undefined;
  /** What guardrails made of it: none of these evaluators looks at the log again. */
  evaluations?: readonly InlineEvaluation[] | undefined;
  /** Evaluators of guardrails that could not look while the call was under way: they look at the log. */
  later?: readonly LaterLook[] | undefined;
}

/** One evaluator's look at a call that was under way. */
export interface InlineEvaluation {
  evaluator: string;
  evaluatorVersion: string;
  outcome: Outcome;
  /** Milliseconds since the epoch. */
  atMs: number;
}

export interface LaterLook {
  evaluator: string;
  /** Whether it concerns the log at all. */
  filter: Filter | undefined;
}

/** What the gateway knows of a call that is still running; becomes an `interrupted` log if the process dies. */
export type StartedExchange = Omit<
  Exchange,
  'status' | 'errorCode' | 'ending' | 'durationMs' | 'firstByteMs' | 'response'
>;

/** Wire formats. `openai` covers all that is compatible with it. */
export const PROVIDERS = ['openai', 'anthropic', 'gemini', 'azure'] as const;
export type Provider = (typeof PROVIDERS)[number];
