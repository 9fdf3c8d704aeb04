/**
 * A browser's sign-in: a cookie that names the key it was made for, signed, so that nothing is kept of it and the key itself
 * is not in it. It ends with its key. Cookies know no ports: it is sent to whatever else this host serves under /api, and
 * what comes with it is taken from our own pages only (access.ts).
 */
import type { Principal } from '../model/key.ts';
import type { ApiContext, ApiParts } from './route.ts';
import { readToken, signToken } from './signed-token.ts';

const NAME = 'gradeway-sign-in';
const PURPOSE = 'sign-in';
const LIFE_MS = 30 * 86_400_000;

export interface SignIn {
  principal: Principal;
  untilMs: number;
}

/** Who the request's cookie was made for; undefined where there is none that still holds. */
export function signInOf(context: ApiContext, parts: Pick<ApiParts, 'holderOf' | 'tokenSecret'>): SignIn | undefined {
  const token = cookieOf(context.req.header('cookie'));
  if (token === undefined) return undefined;
  const said = readToken(PURPOSE, token, parts.tokenSecret) as { keyId: string; untilMs: number } | undefined;
  if (said === undefined || said.untilMs <= Date.now()) return undefined;
  const principal = parts.holderOf(said.keyId);
  return principal === undefined ? undefined : { principal, untilMs: said.untilMs };
}

/** The Set-Cookie header that signs in whoever holds this key. */
export function signInCookie(keyId: string, context: ApiContext, secret: Uint8Array): string {
  const token = signToken(PURPOSE, { keyId, untilMs: Date.now() + LIFE_MS }, secret);
  return cookie(token, LIFE_MS / 1000, context);
}

export function signOutCookie(context: ApiContext): string {
  return cookie('', 0, context);
}

/** For /api alone, so that it never goes upstream with a proxied call. */
function cookie(value: string, maxAgeSeconds: number, { req }: ApiContext): string {
  const secure = req.header('x-forwarded-proto') === 'https' ? '; Secure' : '';
  return `${NAME}=${value}; Path=/api; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === NAME) return part.slice(at + 1).trim();
  }
  return undefined;
}
