/** Signing a browser in and out by a key, and who it is signed in as. What the cookie holds stands in sign-in.ts. */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import type { Principal } from '../../../model/key.ts';
import { type Session, sessionSchema } from '../../../model/session.ts';
import { principalOf, refuseOtherSites } from '../../access.ts';
import { json } from '../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';
import { signInCookie, signInOf, signOutCookie } from '../../sign-in.ts';

const answers = { 200: { description: 'Who the caller is from now on.', schema: sessionSchema } };

export function sessionRoutes(parts: ApiParts): DescribedRoute[] {
  const session = async (principal: Principal | undefined, untilMs: number | null): Promise<Session> => ({
    keyRequired: (await parts.authenticate(undefined)) === undefined,
    signedIn: principal !== undefined,
    scopes: [...(principal?.scopes ?? [])],
    untilMs,
  });
  const answer = (said: Session, cookie: string): Response => json(said, 200, { 'set-cookie': cookie });

  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/session',
      scope: undefined,
      tag: 'session',
      summary: 'Who the caller is',
      description: 'Open to everybody: a browser asks it to know whether it has to sign in.',
      answers: { 200: { description: 'Who the caller is.', schema: sessionSchema } },
      async handle({ context }) {
        return session(await principalOf(context, parts), signInOf(context, parts)?.untilMs ?? null);
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/session',
      scope: undefined,
      tag: 'session',
      summary: 'Sign a browser in',
      description:
        'Sets a cookie (HttpOnly, SameSite=Strict, for /api) that stands for the key until it is revoked, for 30 days at most. Pages of other sites are refused.',
      body: z.strictObject({ key: z.string().max(200).describe('A key that may read.') }),
      answers,
      async handle({ body: { key }, context }) {
        refuseOtherSites(context);
        const principal = await parts.authenticate(key.trim());
        if (principal?.keyId == null) throw refused(parts);
        return answer(await session(principal, null), signInCookie(principal.keyId, context, parts.tokenSecret));
      },
    }),
    describedRoute({
      method: 'DELETE',
      path: '/api/v1/session',
      scope: undefined,
      tag: 'session',
      summary: 'Sign a browser out',
      description: 'Takes the cookie back. The key goes on to hold.',
      answers,
      async handle({ context }) {
        refuseOtherSites(context);
        return answer(await session(await parts.authenticate(undefined), null), signOutCookie(context));
      },
    }),
  ];
}

function refused(parts: ApiParts): GatewayError {
  parts.metrics.authFailures.inc({ surface: 'api' });
  return new GatewayError('unauthorized', { message: 'This is no key of this gateway, or one that was revoked.' });
}
