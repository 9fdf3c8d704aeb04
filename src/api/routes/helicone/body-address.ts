/** The whole address of a log's bodies, as clients of Helicone's wire expect it: signed, without a key, for a day. */
import { signedBodyPath } from '../../body-url.ts';
import type { ApiContext } from '../../route.ts';

const VALID_SECONDS = 24 * 3600;

/** On the host that the client itself called. `secret` is the process's. */
export function bodyAddress(context: ApiContext, logId: string, secret: Uint8Array): string {
  const expiresAt = Math.floor(Date.now() / 1000) + VALID_SECONDS;
  const path = signedBodyPath({ projectId: context.var.principal.projectId, logId, expiresAt }, secret);
  const forwarded = context.req.header('x-forwarded-proto');
  const scheme = forwarded === 'https' ? 'https' : 'http';
  return `${scheme}://${context.req.header('host') ?? '127.0.0.1'}${path}`;
}
