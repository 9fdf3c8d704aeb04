/**
 * Posts to addresses that somebody else chose. Nothing is followed, no more is read than asked for, and nothing takes longer
 * than allowed, whatever the far end does. What is sent, and what an answer means, is the caller's.
 */
import { Agent } from 'undici';
import type { AddressPolicy } from './address-policy.ts';
import { guardedConnector, RefusedAddress, type Resolve } from './guarded-connect.ts';

export interface Post {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** For connecting and the answer's head together, and for its body too where `answerMs` says nothing else. */
  timeoutMs: number;
  /** Bytes of an answer's body that are read. */
  answerBytes: number;
  /** How long its body may take. */
  answerMs?: number;
}

export type Posted =
  | {
      ended: 'answered';
      status: number;
      headers: Record<string, string | string[] | undefined>;
      body: Buffer;
      /** Why the body is not whole: there was more, or it broke off. */
      cut: 'long' | 'broken' | undefined;
    }
  /** Our own rules forbid the address. */
  | { ended: 'refused'; message: string }
  | { ended: 'failed'; isTimeout: boolean; message: string };

export interface PosterOptions {
  policy: AddressPolicy;
  /** For connecting. */
  timeoutMs: number;
  /** To one origin; what comes more waits. Default 8. */
  connections?: number;
  resolve?: Resolve | undefined;
}

export class Poster {
  readonly #agent: Agent;

  constructor({ policy, timeoutMs, connections = 8, resolve }: PosterOptions) {
    this.#agent = new Agent({ connect: guardedConnector(policy, { timeoutMs, resolve }), connections, pipelining: 1 });
  }

  /** Never rejects. */
  async post({ url, headers, body, timeoutMs, answerBytes, answerMs }: Post): Promise<Posted> {
    try {
      const { origin, pathname, search } = new URL(url);
      const answer = await this.#agent.request({
        origin,
        path: pathname + search,
        method: 'POST',
        headers,
        body,
        headersTimeout: 0,
        bodyTimeout: 0,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const read = await firstOf(answer.body, answerBytes, answerMs);
      return { ended: 'answered', status: answer.statusCode, headers: answer.headers, ...read };
    } catch (error) {
      return failureOf(error, timeoutMs);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function failureOf(error: unknown, timeoutMs: number): Posted {
  if (error instanceof RefusedAddress) return { ended: 'refused', message: error.message };
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  if (name === 'TimeoutError' || code === 'UND_ERR_CONNECT_TIMEOUT')
    return { ended: 'failed', isTimeout: true, message: `There was no answer within ${timeoutMs} ms.` };
  const reason = code?.startsWith('HPE_')
    ? 'The answer was not HTTP.'
    : `It could not be reached: ${code ?? message ?? 'for an unknown reason'}.`.slice(0, 300);
  return { ended: 'failed', isTimeout: false, message: reason };
}

type Body = Awaited<ReturnType<Agent['request']>>['body'];

/** The first bytes of an answer. One that does not end, or breaks off, is cut. */
async function firstOf(
  body: Body,
  most: number,
  answerMs: number | undefined,
): Promise<{ body: Buffer; cut: 'long' | 'broken' | undefined }> {
  const chunks: Buffer[] = [];
  let size = 0;
  let cut: 'long' | 'broken' | undefined;
  body.on('error', () => {});
  const timer = answerMs === undefined ? undefined : setTimeout(() => body.destroy(), answerMs);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > most) {
        cut = 'long';
        break;
      }
    }
  } catch {
    // What has come is kept.
    cut = 'broken';
  } finally {
    clearTimeout(timer);
  }
  return { body: Buffer.concat(chunks).subarray(0, most), cut };
}
