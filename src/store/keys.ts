/** Keys as a family of the store: who may call, and for which project. */
import type { Scope } from '../model/key.ts';

export interface KeyRow {
  id: string;
  projectId: string;
  project: string;
  name: string;
  /** SHA-256 of the key, hex. */
  hash: string;
  last4: string;
  scopes: Scope[];
  createdAtMs: number;
  revokedAtMs: number | null;
  /** To about a minute; null where it was never used. */
  lastUsedAtMs: number | null;
}

export type NewKey = Omit<KeyRow, 'projectId' | 'revokedAtMs' | 'lastUsedAtMs'>;

export interface KeyUse {
  id: string;
  atMs: number;
}

export interface KeyStore {
  list(): Promise<KeyRow[]>;
  /** Creates the project by name where there is none. */
  create(key: NewKey, newProjectId: string): Promise<KeyRow>;
  /** Whether there was such a key, not yet revoked. */
  revoke(id: string, atMs: number): Promise<boolean>;
  /** Notes that keys were used; unknown ones are passed over. */
  used(uses: KeyUse[]): Promise<void>;
}
