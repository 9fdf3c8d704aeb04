/** Writing keys, as named operations. SQLite's write-keys.ts says what each does. */
import type { Pool } from 'pg';
import { type Act, actIdOf } from '../audit.ts';
import type { KeyRow, KeyUse, NewKey } from '../store.ts';
import type { Session } from './connection.ts';
import { inTransaction } from './transaction.ts';
import { noteAct, noteActOnce } from './write-audit.ts';

const DAY_MS = 86_400_000;

export function keyWrites(pool: Pool) {
  return {
    createKey: (key: NewKey, newProjectId: string): Promise<KeyRow> =>
      inTransaction(pool, async (session) => {
        await session.rows(
          'insert into projects (id, name, created_at_ms) values ($1, $2, $3) on conflict (name) do nothing',
          [newProjectId, key.project, key.createdAtMs],
        );
        const [project] = await session.rows<{ seq: number; id: string }>(
          'select seq, id from projects where name = $1',
          [key.project],
        );
        await session.rows(
          `insert into keys (id, project, name, hash, last4, scopes, created_at_ms) values ($1, $2, $3, $4, $5, $6, $7)`,
          [key.id, project!.seq, key.name, key.hash, key.last4, JSON.stringify(key.scopes), key.createdAtMs],
        );
        const details = { scopes: key.scopes.join(' ') };
        await note(session, 'key.created', { id: key.id, project: project!.seq }, key.createdAtMs, details);
        return { ...key, projectId: project!.id, revokedAtMs: null, lastUsedAtMs: null };
      }),

    revokeKey: (id: string, atMs: number): Promise<boolean> =>
      inTransaction(pool, async (session) => {
        const [revoked] = await session.rows<{ id: string; project: number }>(
          'update keys set revoked_at_ms = $2 where id::text = $1 and revoked_at_ms is null returning id, project',
          [id.toLowerCase(), atMs],
        );
        if (revoked) await note(session, 'key.revoked', revoked, atMs, null);
        return revoked !== undefined;
      }),

    useKeys: (uses: readonly KeyUse[]): Promise<void> =>
      inTransaction(pool, async (session) => {
        // In one order everywhere, so that two replicas do not wait for each other.
        for (const { id, atMs } of uses.toSorted((one, other) => (one.id < other.id ? -1 : 1))) {
          const [key] = await session.rows<{ project: number }>(
            'update keys set last_used_at_ms = greatest(last_used_at_ms, $2::bigint) where id = $1 returning project',
            [id, atMs],
          );
          if (key === undefined) continue;
          const act: Act = { id: '', actor: 'key', keyId: id, atMs, target: id, details: null };
          act.id = actIdOf(id, 'key.used', Math.floor(atMs / DAY_MS));
          await noteActOnce(session, key.project, 'key.used', act);
        }
      }),
  };
}

function note(
  session: Session,
  action: 'key.created' | 'key.revoked',
  key: { id: string; project: number },
  atMs: number,
  details: Act['details'],
): Promise<void> {
  const act: Act = { id: actIdOf(key.id, action), actor: 'command', keyId: null, atMs, target: key.id, details };
  return noteAct(session, key.project, action, act, 1);
}
