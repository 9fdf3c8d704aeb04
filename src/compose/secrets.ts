/** What this installation signs with, kept in the store. */
import { randomBytes } from 'node:crypto';
import type { Store } from '../store/store.ts';

export interface Secrets {
  /** Addresses of bodies. */
  bodySecret: Uint8Array;
  /** Leases, and the answers of evaluators that come later. */
  tokenSecret: Uint8Array;
}

/** Where they cannot be written at the start, such as hold as long as this process: a locked database keeps no call from being proxied. */
export async function secretsOf(store: Pick<Store, 'secret'>): Promise<Secrets> {
  const secret = (purpose: string): Promise<Uint8Array> => {
    const fresh = randomBytes(32);
    return store.secret(purpose, fresh).catch(() => fresh);
  };
  const [bodySecret, tokenSecret] = await Promise.all([secret('body_url'), secret('tokens')]);
  return { bodySecret, tokenSecret };
}
