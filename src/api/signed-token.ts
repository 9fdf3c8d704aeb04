/**
 * Tokens that say themselves what they give access to, so that nothing needs to be kept of them: a value and a signature that
 * covers it, and what it is for. Whoever holds one can read it; nobody can make or change one without the secret.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const TOKEN = /^([\w-]{2,4096})\.([\w-]{43})$/;

/** `value` is JSON. `secret` has at least 32 random bytes. */
export function signToken(purpose: string, value: unknown, secret: Uint8Array): string {
  const said = Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${said}.${signatureOf(purpose, said, secret).toString('base64url')}`;
}

/** The value; undefined where the token is none of ours, or for something else. */
export function readToken(purpose: string, token: string, secret: Uint8Array): unknown {
  const [, said, signature] = TOKEN.exec(token) ?? [];
  if (said === undefined || signature === undefined) return undefined;
  // Both are 32 bytes: 43 characters of base64url are never more or fewer.
  if (!timingSafeEqual(signatureOf(purpose, said, secret), Buffer.from(signature, 'base64url'))) return undefined;
  return JSON.parse(Buffer.from(said, 'base64url').toString('utf8'));
}

function signatureOf(purpose: string, said: string, secret: Uint8Array): Buffer {
  return createHmac('sha256', secret).update(`${purpose}.${said}`).digest();
}
