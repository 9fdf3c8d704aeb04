/**
 * Sends one message to a destination and says what came of it. Nothing is followed, little is read, and nothing takes longer
 * than allowed, whatever the far end does. Whether and when to try again is deliver.ts's.
 */
import { Agent } from 'undici';
import type { Attempt } from '../model/delivery.ts';
import type { AddressPolicy } from '../outbound/address-policy.ts';
import { guardedConnector, RefusedAddress, type Resolve } from '../outbound/guarded-connect.ts';
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

export interface SenderOptions {
  policy: AddressPolicy;
  /** For connecting and the answer's head together. */
  timeoutMs: number;
  resolve?: Resolve;
}

/** Connections to one receiver. */
const CONNECTIONS = 8;
const ANSWER_BYTES = 1024;
/** The status decides; the rest of an answer is read for the record alone. */
const ANSWER_MS = 1000;
const LONGEST_RETRY_AFTER_MS = 24 * 3600 * 1000;

export class Sender {
  readonly #agent: Agent;
  readonly #timeoutMs: number;

  constructor({ policy, timeoutMs, ...options }: SenderOptions) {
    this.#timeoutMs = timeoutMs;
    this.#agent = new Agent({
      connect: guardedConnector(policy, { timeoutMs, ...options }),
      connections: CONNECTIONS,
      pipelining: 1,
    });
  }

  async send({ destination, hmacKey, id, body }: Message): Promise<Sent> {
    const startedMs = performance.now();
    const result = (ending: Sent['ending'], attempt: Omit<Attempt, 'durationMs'>, retryAfterMs?: number): Sent => ({
      attempt: { ...attempt, durationMs: Math.round((performance.now() - startedMs) * 100) / 100 },
      ending,
      retryAfterMs,
    });
    try {
      const { origin, pathname, search } = new URL(destination);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'Gradeway-Webhooks',
        ...signatureHeaders({ id, atMs: Date.now(), body }, hmacKey),
      };
      const answer = await this.#agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers,
        body,
        headersTimeout: 0,
        bodyTimeout: 0,
        signal: AbortSignal.timeout(this.#timeoutMs),
      });
      const status = answer.statusCode;
      const text = await firstOf(answer.body);
      if (status >= 200 && status < 300) return result('delivered', { status, error: null, answer: text });
      const attempt = { status, error: failureOf(status), answer: text };
      if (status === 410) return result('gone', attempt);
      const busy = status === 429 || status === 503;
      return result('failed', attempt, busy ? retryAfter(answer.headers['retry-after'], Date.now()) : undefined);
    } catch (error) {
      const ending = error instanceof RefusedAddress ? 'refused' : 'failed';
      return result(ending, { status: null, error: this.#reason(error), answer: null });
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #reason(error: unknown): string {
    const { name, code, message } = error as { name?: string; code?: string; message?: string };
    if (error instanceof RefusedAddress) return error.message;
    if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT')
      return `There was no answer within ${this.#timeoutMs} ms.`;
    if (code?.startsWith('HPE_')) return 'The answer was not HTTP.';
    return `It could not be reached: ${code ?? message ?? 'for an unknown reason'}.`.slice(0, 300);
  }
}

function failureOf(status: number): string {
  if (status >= 300 && status < 400)
    return `It answered ${status}. Redirects are not followed; set the destination to where it leads.`;
  return `It answered ${status}.`;
}

/** Seconds or a date (RFC 9110, 10.2.3); undefined for anything else. */
export function retryAfter(value: string | string[] | undefined, nowMs: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  // Date.parse takes almost anything for a date; one on the wire begins with a weekday.
  const date = /^[A-Z][a-z]{2}/.test(value) ? Date.parse(value) - nowMs : Number.NaN;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : date;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_RETRY_AFTER_MS);
}

type Body = Awaited<ReturnType<Agent['request']>>['body'];

/** The first characters of an answer. One that does not end, or breaks off, is cut. */
async function firstOf(body: Body): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  body.on('error', () => {});
  const timer = setTimeout(() => body.destroy(), ANSWER_MS);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= ANSWER_BYTES) break;
    }
  } catch {
    // What has come is kept.
  } finally {
    clearTimeout(timer);
  }
  const text = Buffer.concat(chunks).subarray(0, ANSWER_BYTES).toString('utf8').replaceAll('\0', '').toWellFormed();
  return text === '' ? null : text;
}
