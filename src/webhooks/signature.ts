/**
 * How a delivery proves where it comes from: Helicone's header, and those of Standard Webhooks (standardwebhooks.com), which
 * also cover the time. Both sign the bytes of the body.
 */
import { createHmac } from 'node:crypto';

export interface Signed {
  /** The same for every try. */
  id: string;
  /** When it is sent, milliseconds since the epoch. */
  atMs: number;
  body: string;
}

export function signatureHeaders({ id, atMs, body }: Signed, hmacKey: string): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const standard = createHmac('sha256', Buffer.from(hmacKey, 'hex')).update(`${id}.${timestamp}.${body}`);
  return {
    // Helicone keys it with the text of the key, not with the bytes that the text means.
    'helicone-signature': createHmac('sha256', hmacKey).update(body).digest('hex'),
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${standard.digest('base64')}`,
  };
}

/** The key in the form in which libraries of Standard Webhooks take it. */
export function standardSecret(hmacKey: string): string {
  return `whsec_${Buffer.from(hmacKey, 'hex').toString('base64')}`;
}
