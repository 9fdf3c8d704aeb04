/** Signing in and out. What it is about stands in model/session.ts. */
import { queryOptions } from '@tanstack/react-query';
import type { Session } from '../../model/session.ts';
import { ask } from './client.ts';

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: ({ signal }) => ask<Session>('GET', '/session', undefined, signal),
  staleTime: 60_000,
});

export function signIn(key: string): Promise<Session> {
  return ask<Session>('POST', '/session', { key });
}

export function signOut(): Promise<Session> {
  return ask<Session>('DELETE', '/session');
}
