/**
 * Sends one message to a destination and says what came of it. How it is sent, and that nothing takes longer than allowed,
 * is outbound/post.ts's; whether and when to try again is deliver.ts's.
 */
import type { Attempt } from '../model/delivery.ts';
import { Poster, type PosterOptions } from '../outbound/post.ts';
import { retryAfter } from '../outbound/retry-after.ts';
import { signatureHeaders } from './signature.ts';

export interface Message {
  destination: string;
  hmacKey: string;
  id: string;
  body: string;
}

/** Never rejects. `ending`: refused by our own rules, gone for good (410), or another failure. */
export interface Sent {
  attempt: Attempt;
  ending: 'delivered' | 'failed' | 'refused' | 'gone';
  /** How long the receiver asks to wait. */
  retryAfterMs: number | undefined;
}

/** `timeoutMs`: for connecting and the answer's head together. */
export type SenderOptions = Pick<PosterOptions, 'policy' | 'timeoutMs' | 'resolve'>;

const ANSWER_BYTES = 1024;
/** The status decides; the rest of an answer is read for the record alone. */
const ANSWER_MS = 1000;

export class Sender {
  readonly #poster: Poster;
  readonly #timeoutMs: number;

  constructor(options: SenderOptions) {
    this.#timeoutMs = options.timeoutMs;
    this.#poster = new Poster(options);
  }

  async send({ destination, hmacKey, id, body }: Message): Promise<Sent> {
    const startedMs = performance.now();
    const result = (ending: Sent['ending'], attempt: Omit<Attempt, 'durationMs'>, retryAfterMs?: number): Sent => ({
      attempt: { ...attempt, durationMs: Math.round((performance.now() - startedMs) * 100) / 100 },
      ending,
      retryAfterMs,
    });
    const posted = await this.#poster.post({
      url: destination,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Gradeway-Webhooks',
        ...signatureHeaders({ id, atMs: Date.now(), body }, hmacKey),
      },
      body,
      timeoutMs: this.#timeoutMs,
      answerBytes: ANSWER_BYTES,
      answerMs: ANSWER_MS,
    });
    if (posted.ended !== 'answered') return result(posted.ended, { status: null, error: posted.message, answer: null });
    const { status, headers } = posted;
    const answer = textOf(posted.body);
    if (status >= 200 && status < 300) return result('delivered', { status, error: null, answer });
    const attempt = { status, error: failureOf(status), answer };
    if (status === 410) return result('gone', attempt);
    const busy = status === 429 || status === 503;
    return result('failed', attempt, busy ? retryAfter(headers['retry-after'], Date.now()) : undefined);
  }

  async close(): Promise<void> {
    await this.#poster.close();
  }
}

function failureOf(status: number): string {
  if (status >= 300 && status < 400)
    return `It answered ${status}. Redirects are not followed; set the destination to where it leads.`;
  return `It answered ${status}.`;
}

function textOf(body: Buffer): string | null {
  const text = body.toString('utf8').replaceAll('\0', '').toWellFormed();
  return text === '' ? null : text;
}
