/** Writing keys: who may call, and what became of that. Creating, revoking and the first use of a day are noted in the audit. */
import type { Statement } from 'better-sqlite3';
import { type Act, actIdOf } from '../audit.ts';
import type { KeyRow, KeyUse, NewKey } from '../store.ts';
import type { Connection } from './connection.ts';
import { and, drizzle, eq, isNull } from './drizzle.ts';
import { keys, projects } from './schema.ts';
import { bytesOfUuid } from './uuid.ts';
import type { WriteAudit } from './write-audit.ts';

const DAY_MS = 86_400_000;

export class WriteKeys {
  readonly #db: ReturnType<typeof drizzle>;
  readonly #audit: WriteAudit;
  readonly #project: Statement;
  readonly #used: Statement;

  constructor(connection: Connection, audit: WriteAudit) {
    this.#db = drizzle({ client: connection });
    this.#audit = audit;
    this.#project = connection.prepare('select project from keys where id = ?').pluck();
    this.#used = connection.prepare(
      'update keys set last_used_at_ms = @atMs where id = @id and (last_used_at_ms is null or last_used_at_ms < @atMs)',
    );
  }

  create(key: NewKey, newProjectId: string): KeyRow {
    const { project: name, ...columns } = key;
    const db = this.#db;
    db.insert(projects).values({ id: newProjectId, name, createdAtMs: key.createdAtMs }).onConflictDoNothing().run();
    const project = db.select().from(projects).where(eq(projects.name, name)).get()!;
    db.insert(keys)
      .values({ ...columns, project: project.seq })
      .run();
    this.#note('key.created', { id: key.id, project: project.seq }, key.createdAtMs, { scopes: key.scopes.join(' ') });
    return { ...key, projectId: project.id, revokedAtMs: null, lastUsedAtMs: null };
  }

  revoke(id: string, atMs: number): boolean {
    const [revoked] = this.#db
      .update(keys)
      .set({ revokedAtMs: atMs })
      .where(and(eq(keys.id, id), isNull(keys.revokedAtMs)))
      .returning({ id: keys.id, project: keys.project })
      .all();
    if (revoked) this.#note('key.revoked', revoked, atMs, null);
    return revoked !== undefined;
  }

  used(uses: readonly KeyUse[]): void {
    for (const { id, atMs } of uses) {
      const project = this.#project.get(bytesOfUuid(id)) as number | undefined;
      if (project === undefined) continue;
      this.#used.run({ id: bytesOfUuid(id), atMs });
      const day = Math.floor(atMs / DAY_MS);
      this.#audit.noteOnce(project, 'key.used', {
        id: actIdOf(id, 'key.used', day),
        actor: 'key',
        keyId: id,
        atMs,
        target: id,
        details: null,
      });
    }
  }

  #note(
    action: 'key.created' | 'key.revoked',
    key: { id: string; project: number },
    atMs: number,
    details: Act['details'],
  ): void {
    const act: Act = { id: actIdOf(key.id, action), actor: 'command', keyId: null, atMs, target: key.id, details };
    this.#audit.note(key.project, action, act, 1);
  }
}
