/** Who does something through the API, as the audit notes it. */
import { newId } from '../model/id.ts';
import type { Principal } from '../model/key.ts';
import type { Act } from '../store/audit.ts';

/** A new act of whoever is calling. */
export function actOf({ keyId }: Principal, about: Partial<Pick<Act, 'target' | 'details'>>): Act {
  const atMs = Date.now();
  return {
    id: newId(atMs),
    actor: keyId === null ? 'local' : 'key',
    keyId,
    atMs,
    target: null,
    details: null,
    ...about,
  };
}
