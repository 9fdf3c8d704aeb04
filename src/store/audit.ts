/**
 * Who has done what: removals, keys made and ended, keys used. The same on every engine; nothing of what logs held is in it.
 * Rows are added and grow while their act goes on; nothing removes them.
 */
import { createHash } from 'node:crypto';

export const AUDITED_ACTIONS = [
  /** Logs, with everything derived from them. */
  'logs.removed',
  /** The bodies of logs, whose rows stay. */
  'bodies.removed',
  /** What a project keeps, and for how long. */
  'retention.changed',
  'key.created',
  'key.revoked',
  /** Once a day for each key that was used on it (UTC). */
  'key.used',
] as const;
export type AuditedAction = (typeof AUDITED_ACTIONS)[number];

/** `local`: somebody on this machine, while there are no keys. `command`: the command line. `retention`: the gateway by itself. */
export const ACTORS = ['key', 'local', 'command', 'retention'] as const;

export interface Actor {
  actor: (typeof ACTORS)[number];
  /** The key, where it was one. */
  keyId: string | null;
}

/** Something that is done, in one transaction or in many; what they do is counted on one row of the audit, in the same transactions. */
export interface Act extends Actor {
  /** Made by the caller, the same for everything that belongs to it. */
  id: string;
  /** When it began. */
  atMs: number;
  /** Id of what it is done to, where that is one. */
  target: string | null;
  /** Whatever else is to be known; no text of a log or of a filter. */
  details: Record<string, string | number | null> | null;
}

export interface AuditRow extends Act {
  /** Grows with time. */
  seq: number;
  action: AuditedAction;
  /** How many logs or keys. */
  count: number;
  /** Name of the key that did it; null where none did. */
  keyName: string | null;
}

export interface AuditStore {
  /** Rows of a project, the newest first; behind `after` where it is given. */
  list(projectId: string, page: { after: number | null; limit: number }): Promise<AuditRow[]>;
}

/** The id of an act that happens once to a key (on a day, where one is given): whoever notes it again notes the same one. */
export function actIdOf(keyId: string, action: AuditedAction, day = 0): string {
  const hex = createHash('sha256').update(`${keyId} ${action} ${day}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
