/** Writing the audit, in the transaction of what it tells of. SQLite's write-audit.ts says the same. */
import type { Act, AuditedAction } from '../audit.ts';
import type { Session } from './connection.ts';

const INSERT = `insert into audit (id, at_ms, project, actor, key, action, target, count, details)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do`;

/** Counts what an act has done; nothing where it has done nothing. */
export async function noteAct(
  session: Session,
  project: number,
  action: AuditedAction,
  act: Act,
  count: number,
): Promise<void> {
  if (count > 0)
    await session.rows(
      `${INSERT} update set count = audit.count + excluded.count`,
      valuesOf(project, action, act, count),
    );
}

/** Notes an act that counts once, however often it is noted. */
export async function noteActOnce(session: Session, project: number, action: AuditedAction, act: Act): Promise<void> {
  await session.rows(`${INSERT} nothing`, valuesOf(project, action, act, 1));
}

function valuesOf(project: number, action: AuditedAction, act: Act, count: number): unknown[] {
  const { id, atMs, actor, keyId, target, details } = act;
  const json = details === null ? null : JSON.stringify(details);
  return [id, atMs, project, actor, keyId, action, target, count, json];
}
