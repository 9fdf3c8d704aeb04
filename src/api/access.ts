/**
 * Who may call a route: the key that a request shows (or a browser's sign-in), its scope, and a guard for the time without keys, when any page in
 * a browser on this machine could otherwise post here. Checking the key itself is auth.ts's, the Host header ingress's.
 */
import { GatewayError } from '../errors.ts';
import { type Principal, type Scope, mayDo } from '../model/key.ts';
import { isFromOtherSite } from '../model/other-site.ts';
import type { ApiContext, ApiParts } from './route.ts';
import { signInOf } from './sign-in.ts';

/** The key a request shows: Gradeway-Auth or Helicone-Auth, otherwise Authorization. */
export function tokenOf(context: ApiContext): string | undefined {
  return bearer(context.req.header('gradeway-auth') ?? context.req.header('helicone-auth') ?? authorization(context));
}

/** Throws `unauthorized` and `forbidden`. */
export async function admit(context: ApiContext, scope: Scope, parts: ApiParts): Promise<Principal> {
  const principal = await principalOf(context, parts);
  if (principal === undefined) {
    parts.metrics.authFailures.inc({ surface: 'api' });
    const shown = context.req.header('gradeway-auth') ?? context.req.header('helicone-auth') ?? authorization(context);
    throw new GatewayError('unauthorized', {
      message: shown === undefined ? 'No authorization header' : 'No API key found',
    });
  }
  if (!mayDo(principal, scope)) {
    parts.metrics.authFailures.inc({ surface: 'api' });
    throw new GatewayError('forbidden', {
      message: `This key does not have the scope ${scope}, which the call needs.`,
    });
  }
  if (principal.keyId === null || tokenOf(context) === undefined) refuseOtherSites(context);
  return principal;
}

/** Who is calling: by the key that is shown, or by a browser's sign-in where none is. */
export async function principalOf(context: ApiContext, parts: ApiParts): Promise<Principal | undefined> {
  const token = tokenOf(context);
  const signIn = token === undefined ? signInOf(context, parts) : undefined;
  return signIn?.principal ?? parts.authenticate(token);
}

/** Whether who was admitted still would be: for answers that go on for longer than a key may. */
export async function isStillAdmitted(context: ApiContext, scope: Scope, parts: ApiParts): Promise<boolean> {
  const principal = await principalOf(context, parts);
  return principal?.projectId === context.var.principal.projectId && mayDo(principal, scope);
}

/**
 * Without keys there is nothing that a foreign page would have to know: a form on it can post JSON as text/plain to loopback. A
 * browser that is signed in shows its cookie to pages of other ports of this host.
 */
export function refuseOtherSites({ req }: ApiContext): void {
  const from = { site: req.header('sec-fetch-site'), origin: req.header('origin'), host: req.header('host') };
  if (isFromOtherSite(from))
    throw new GatewayError('forbidden', {
      message:
        'Pages of other sites may not call this API. Create a key (gradeway keys create) to allow callers by key.',
    });
}

/** What stands in Authorization, where it is no key. */
export function bearerOf(context: ApiContext): string | undefined {
  return bearer(authorization(context));
}

function authorization(context: ApiContext): string | undefined {
  return context.req.header('authorization');
}

function bearer(value: string | undefined): string | undefined {
  return value === undefined ? undefined : /^bearer +(\S+) *$/i.exec(value)?.[1];
}
