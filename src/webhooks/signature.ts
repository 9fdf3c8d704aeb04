/**
 * How a delivery proves where it comes from: Helicone's header, and those of Standard Webhooks, which also cover the time. Both
 * sign the bytes of the body.
 */
import { createHmac } from 'node:crypto';
import { type Signed, standardHeaders, standardSecret as secretOf } from '../outbound/standard-signature.ts';

export function signatureHeaders(signed: Signed, hmacKey: string): Record<string, string> {
  return {
    // Helicone keys it with the text of the key, not with the bytes that the text means.
    'helicone-signature': createHmac('sha256', hmacKey).update(signed.body).digest('hex'),
    ...standardHeaders(signed, Buffer.from(hmacKey, 'hex')),
  };
}

/** The key in the form in which libraries of Standard Webhooks take it. */
export function standardSecret(hmacKey: string): string {
  return secretOf(Buffer.from(hmacKey, 'hex'));
}
