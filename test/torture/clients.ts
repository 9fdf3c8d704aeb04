/** Clients in a closed loop: each sends, reads to the end, notes what it saw, and sends again, whatever the gateway does. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seededRandom } from '../fakes/random.ts';
import { answerTo, type Kind, markerOf, QUICK, sawEnd, SLOW } from './answers.ts';

export interface Sent {
  marker: string;
  /** The client's own request id, or the one that the answer named. */
  requestId: string | undefined;
  sentAtMs: number;
  /** When the client knew how it ended; undefined while it does not. */
  overAtMs: number | undefined;
  /** Whether the client saw the end of the answer, and so was promised a log. */
  acknowledged: boolean;
  /** The answer's header Gradeway-Log. */
  logStatus: string | undefined;
  status: number | undefined;
  /** What was received differs from what the far end sends: must never be so. */
  garbled: boolean;
}

export interface ClientsOptions {
  count: number;
  seed: number;
  /** Goes into the markers, so that they are unique over all cycles. */
  name: string;
  port(): number | undefined;
  /** How many of them send calls that take 1.5 to 3 s. */
  slow: number;
  /** Client-side pause between calls. */
  pauseMs?: number;
}

export interface Clients {
  sent: Sent[];
  /** Answers that were whole, so far. */
  acknowledged(): number;
  /** No more calls; those that run are cut off after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
}

export function startClients(options: ClientsOptions): Clients {
  const agent = new Agent({ keepAlive: true, maxSockets: options.count * 2 });
  const sent: Sent[] = [];
  const cut = new AbortController();
  const state = { running: true };
  const loops = Array.from({ length: options.count }, async (_, index) => {
    const random = seededRandom(options.seed * 1000 + index);
    for (let number = 0; state.running; number += 1) {
      const port = options.port();
      if (port === undefined) {
        await sleep(5);
        continue;
      }
      const kind = index < options.slow ? random.pick(SLOW) : random.pick(QUICK);
      const one = sendOne(port, agent, markerOf(kind, `${options.name}.${index}.${number}`), random, cut.signal);
      sent.push(one.sent);
      await one.over;
      if (one.sent.status === undefined) await sleep(10);
      else if (options.pauseMs !== undefined) await sleep(options.pauseMs);
    }
  });
  return {
    sent,
    acknowledged: () => sent.reduce((count, one) => count + (one.acknowledged ? 1 : 0), 0),
    async stop(graceMs = 5000) {
      state.running = false;
      const timer = setTimeout(() => cut.abort(), graceMs);
      await Promise.all(loops);
      clearTimeout(timer);
      agent.destroy();
    },
  };
}

function sendOne(
  port: number,
  agent: Agent,
  marker: string,
  random: Random,
  signal: AbortSignal,
): { sent: Sent; over: Promise<void> } {
  const expected = answerTo(marker);
  const kind = marker.split('/')[1] as Kind;
  const slow = SLOW.includes(kind);
  // Slow ones are looked for by their ids when they were interrupted; of the others some leave the id to the gateway.
  const requestId = slow || random.next() < 0.7 ? randomUUID() : undefined;
  const sent: Sent = {
    marker,
    requestId,
    sentAtMs: Date.now(),
    overAtMs: undefined,
    acknowledged: false,
    logStatus: undefined,
    status: undefined,
    garbled: false,
  };
  const body = JSON.stringify({
    model: 'gpt-4o-mini',
    stream: expected.contentType === 'text/event-stream',
    messages: [{ role: 'user', content: `Say it. ${marker}` }],
  });
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    authorization: 'Bearer sk-torture-0123456789',
    'helicone-property-client': String(random.between(0, 20)),
    'helicone-property-marker': marker,
  };
  if (requestId !== undefined) headers['helicone-request-id'] = requestId;
  const over = new Promise<void>((resolve) => {
    const end = (): void => {
      sent.overAtMs ??= Date.now();
      resolve();
    };
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      path: '/v1/chat/completions',
      headers,
      agent,
      signal,
    });
    outgoing.on('error', end);
    outgoing.on('response', (incoming) => {
      sent.status = incoming.statusCode;
      sent.requestId ??= incoming.headers['helicone-id'] as string | undefined;
      sent.logStatus = incoming.headers['gradeway-log'] as string | undefined;
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', () => {});
      incoming.on('close', () => {
        const received = Buffer.concat(chunks);
        const whole = Buffer.concat(expected.pieces);
        sent.acknowledged = sent.status === 200 && sawEnd(expected, received, incoming.complete);
        // Of an answer that was cut, what came is its beginning.
        sent.garbled = sent.status === 200 && !whole.subarray(0, received.length).equals(received);
        if (sent.acknowledged && received.length !== whole.length) sent.garbled = true;
        end();
      });
    });
    outgoing.end(body);
  });
  return { sent, over };
}
