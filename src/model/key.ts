/** Keys: what a client shows to be let in. A key belongs to one project. */
import { z } from 'zod';

export const SCOPES = [
  /** Send calls through the proxy, and logs to the async endpoints. */
  'ingest',
  /** Write scores and feedback. */
  'score',
  /** Read logs and scores. */
  'read',
  /** Everything, keys and settings included. */
  'admin',
] as const;
export const scopeSchema = z.enum(SCOPES);
export type Scope = z.infer<typeof scopeSchema>;

/** Who is calling: the project everything is filed under, and what may be done. */
export interface Principal {
  projectId: string;
  keyId: string | null;
  scopes: readonly Scope[];
}

export function mayDo(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes('admin') || principal.scopes.includes(scope);
}
