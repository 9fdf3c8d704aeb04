/** Receivers of webhook evaluators, called from the thread of evaluation. */
import { type AnswerToken, LATER_ANSWERS_PATH, writeAnswerToken } from '../api/leases/answer-token.ts';
import type { AnswerFor, LaterAnswer, ReceiverAnswer, ReceiverCall, Receivers } from '../evaluation/receivers.ts';
import { type AddressPolicy, addressPolicy } from '../outbound/address-policy.ts';
import type { Resolve } from '../outbound/guarded-connect.ts';
import type { Poster } from '../outbound/post.ts';
import { retryAfter } from '../outbound/retry-after.ts';
import { standardHeaders, standardKey } from '../outbound/standard-signature.ts';
import { destinationProblem } from '../webhooks/destination.ts';

const CONNECT_MS = 10_000;
const ANSWER_BYTES = 64 * 1024;
const LATER_MS = 7 * 24 * 3_600_000;

export interface LaterSettings {
  /** Where this gateway can be reached from outside; undefined where that is not known. */
  publicUrl: string | undefined;
  tokenSecret: Uint8Array;
}

export class ReceiverCalls implements Receivers {
  readonly #policy: AddressPolicy;
  readonly #resolve: Resolve | undefined;
  #poster: Promise<Poster> | undefined;
  #later: LaterSettings | undefined;

  constructor(allowedNetworks: readonly string[], resolve?: Resolve) {
    this.#policy = addressPolicy(allowedNetworks);
    this.#resolve = resolve;
  }

  /** From now on scores can be posted later. */
  useLater(settings: LaterSettings): void {
    this.#later = settings;
  }

  problemOf(url: string): string | undefined {
    return destinationProblem(url, this.#policy);
  }

  async call({ url, secret, id, body, timeoutMs }: ReceiverCall): Promise<ReceiverAnswer> {
    const poster = await (this.#poster ??= openPoster(this.#policy, this.#resolve));
    const signed = standardHeaders({ id, atMs: Date.now(), body }, standardKey(secret));
    const headers = { 'content-type': 'application/json', 'user-agent': 'Gradeway-Evaluators', ...signed };
    const posted = await poster.post({ url, headers, body, timeoutMs, answerBytes: ANSWER_BYTES });
    if (posted.ended !== 'answered') return posted;
    return { ...posted, retryAfterMs: retryAfter(posted.headers['retry-after'], Date.now()) };
  }

  answerLater(of: AnswerFor): LaterAnswer | undefined {
    if (this.#later === undefined) return undefined;
    const { publicUrl, tokenSecret } = this.#later;
    const sentAtMs = Date.now();
    const token: AnswerToken = { ...of, sentAtMs, expiresAtMs: sentAtMs + LATER_MS };
    return {
      url: publicUrl === undefined ? undefined : publicUrl + LATER_ANSWERS_PATH,
      path: LATER_ANSWERS_PATH,
      token: writeAnswerToken(token, tokenSecret),
      expiresAtMs: token.expiresAtMs,
    };
  }

  async close(): Promise<void> {
    await (await this.#poster)?.close();
  }
}

/** Loaded when it is needed first: the start waits for evaluators, and this brings an HTTP client along. */
async function openPoster(policy: AddressPolicy, resolve: Resolve | undefined): Promise<Poster> {
  const { Poster: Opened } = await import('../outbound/post.ts');
  return new Opened({ policy, timeoutMs: CONNECT_MS, connections: 32, resolve });
}
