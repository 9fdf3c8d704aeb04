/** A real gateway before a real far end, for one test: everything is ended and removed after it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { call, type HttpAnswer } from '../fakes/http-client.ts';
import { answerTo, type Kind, markerOf } from '../torture/answers.ts';
import { type GatewayProcess, type GatewaySettings, startGateway } from '../torture/gateway-process.ts';
import { Ledger } from '../torture/ledger.ts';
import { openScene, type Scene } from '../torture/scene.ts';

export async function scene(options: Parameters<typeof openScene>[0] = {}): Promise<Scene> {
  const opened = await openScene(options);
  onTestFinished(() => opened.close());
  return opened;
}

/** Starts a gateway in a scene; killed after the test where it still runs. */
export async function gatewayIn(at: Scene, changes: Partial<GatewaySettings> = {}): Promise<GatewayProcess> {
  const gateway = await startGateway({ ...at, database: at.database(), ...changes });
  onTestFinished(async () => {
    if (!gateway.isRunning()) return;
    gateway.signal('SIGCONT');
    await gateway.kill();
  });
  return gateway;
}

export function ledgerOf(at: Scene): Ledger {
  const ledger = new Ledger(at.database());
  onTestFinished(() => ledger.close());
  return ledger;
}

export interface Said {
  marker: string;
  requestId: string;
  answer: HttpAnswer;
  /** Came whole, and as the far end sends it. */
  isWhole: boolean;
}

let number = 0;

/** One call through the gateway. `filler` bytes of noise, which do not compress, go along in the request. */
export async function say(
  gateway: { port: number },
  kind: Kind = 'json',
  options: { filler?: number } = {},
): Promise<Said> {
  number += 1;
  const marker = markerOf(kind, `t.${process.pid}.${number}`);
  const requestId = randomUUID();
  const content = `${marker} ${randomBytes((options.filler ?? 0) / 2).toString('hex')}`;
  const stream = kind === 'sse' || kind === 'slow-stream';
  const answer = await call(gateway.port, {
    path: '/v1/chat/completions',
    headers: { 'content-type': 'application/json', 'helicone-request-id': requestId },
    body: JSON.stringify({ model: 'gpt-4o-mini', stream, messages: [{ role: 'user', content }] }),
  });
  const isWhole = answer.complete && answer.body.equals(Buffer.concat(answerTo(marker).pieces));
  return { marker, requestId, answer, isWhole };
}

export async function readJson(gateway: { port: number }, path: string): Promise<{ status: number; body: unknown }> {
  const answer = await call(gateway.port, { path });
  return { status: answer.status, body: JSON.parse(answer.body.toString()) };
}

/** A counter's value, all its labels summed. */
export async function metric(gateway: { port: number }, name: string): Promise<number> {
  const text = (await call(gateway.port, { path: '/metrics' })).body.toString();
  const rows = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return rows.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** Asks until it holds; fails after `limitMs`. */
export async function eventually(
  holds: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
