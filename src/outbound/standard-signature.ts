/** How what is posted proves where it comes from: the headers of Standard Webhooks (standardwebhooks.com). */
import { createHmac } from 'node:crypto';

export interface Signed {
  /** The same for every try. */
  id: string;
  /** When it is sent, milliseconds since the epoch. */
  atMs: number;
  body: string;
}

/** They cover the id, the time and the bytes of the body. */
export function standardHeaders({ id, atMs, body }: Signed, key: Uint8Array): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

const PREFIX = 'whsec_';

/** A key as libraries of Standard Webhooks take it. */
export function standardSecret(key: Uint8Array): string {
  return PREFIX + Buffer.from(key).toString('base64');
}

/** The key that a secret means to those libraries: base64 behind its prefix; any other text by its bytes. */
export function standardKey(secret: string): Uint8Array {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret, 'utf8');
}
