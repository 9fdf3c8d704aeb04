/**
 * Signed addresses of a log's bodies: who holds one may read these two bodies until it expires, without a key. Here they
 * are made and checked; the route that answers them, and where the secret is kept, are others' matters.
 *
 *     /v1/request/{log's own id}/body?expires=1790000000&project={id}&signature={43 characters}
 *
 * The signature covers project, id and expiry, so that none of them can be exchanged.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedBody {
  projectId: string;
  /** The log's own id: a request id may come to mean another log. */
  logId: string;
  /** Seconds since the epoch. */
  expiresAt: number;
}

/** Path and query of a log's bodies. `secret` has at least 32 random bytes. */
export function signedBodyPath(body: SignedBody, secret: Uint8Array): string {
  const signature = signatureOf(body, secret).toString('base64url');
  return `/v1/request/${body.logId}/body?expires=${body.expiresAt}&project=${body.projectId}&signature=${signature}`;
}

/** What a query gives access to, or undefined where it is forged, incomplete or has expired. */
export function readSignedBody(
  logId: string,
  query: { expires?: string | undefined; project?: string | undefined; signature?: string | undefined },
  { secret, nowMs }: { secret: Uint8Array; nowMs: number },
): SignedBody | undefined {
  const { expires = '', project: projectId = '', signature = '' } = query;
  if (!/^[1-9]\d{0,14}$/.test(expires) || !/^[\w-]{43}$/.test(signature)) return undefined;
  const body = { projectId, logId, expiresAt: Number(expires) };
  // Both are 32 bytes: 43 characters of base64url are never more or fewer.
  if (!timingSafeEqual(signatureOf(body, secret), Buffer.from(signature, 'base64url'))) return undefined;
  return body.expiresAt * 1000 > nowMs ? body : undefined;
}

function signatureOf({ projectId, logId, expiresAt }: SignedBody, secret: Uint8Array): Buffer {
  // As JSON, so that no two different triples are the same text.
  return createHmac('sha256', secret)
    .update(JSON.stringify(['body', projectId, logId, expiresAt]))
    .digest();
}
