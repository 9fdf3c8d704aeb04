/** Foreign records. SQLite's foreign-records.ts says what each operation does. */
import type { Pool } from 'pg';
import {
  type ForeignChange,
  foreignOf,
  type ForeignRecord,
  type ForeignRecordStore,
  type ForeignRow,
} from '../foreign-records.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

const SELECT = `select kind, id, parent, key, spec, revision, created_at_ms as "createdAtMs", changed_at_ms as "changedAtMs"
  from foreign_records where project = (select seq from projects where id = $1) and kind = $2`;
const OWN = 'project = (select seq from projects where id = $1) and kind = $2 and id = $3';

export function foreignReads(session: Session) {
  const select = async (projectId: string, rest: string, values: unknown[]): Promise<ForeignRecord[]> => {
    const rows = await session.rows<ForeignRow & Record<string, unknown>>(`${SELECT} ${rest}`, [projectId, ...values]);
    return rows.map((row) => foreignOf(projectId, row));
  };
  const ORDER = 'order by created_at_ms, id collate "C"';
  return {
    listForeign: (projectId: string, kind: string, parent?: string): Promise<ForeignRecord[]> =>
      parent === undefined
        ? select(projectId, ORDER, [kind])
        : select(projectId, `and parent = $3 ${ORDER}`, [kind, parent]),

    findForeign: async (projectId: string, kind: string, id: string): Promise<ForeignRecord | undefined> =>
      (await select(projectId, 'and id = $3', [kind, id]))[0],

    findForeignByKey: async (projectId: string, kind: string, key: string): Promise<ForeignRecord | undefined> =>
      (await select(projectId, 'and key = $3', [kind, key]))[0],
  };
}

export function foreignWrites(pool: Pool, interned: Interned) {
  const session = sessionOf(pool);
  return {
    async createForeign(
      record: ForeignRecord,
      most: number,
    ): Promise<Awaited<ReturnType<ForeignRecordStore['create']>>> {
      const { projectId, kind, id, parent, key, spec, revision, createdAtMs, changedAtMs } = record;
      const project = await interned.project(projectId, createdAtMs);
      return inTransaction(pool, async (own) => {
        // Held so that two that are created at once do not both find room for themselves.
        await own.rows('select from projects where seq = $1 for update', [project]);
        const [row] = await own.rows<{ count: number }>(
          'select count(*) as count from foreign_records where project = $1 and kind = $2 and parent is not distinct from $3',
          [project, kind, parent],
        );
        if (row!.count >= most) return 'full';
        const inserted = await own.rows(
          `insert into foreign_records (project, kind, id, parent, key, spec, revision, created_at_ms, changed_at_ms)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1`,
          [project, kind, id, parent, key, JSON.stringify(spec), revision, createdAtMs, changedAtMs],
        );
        return inserted.length > 0 ? 'created' : 'exists';
      });
    },

    updateForeign: (
      projectId: string,
      kind: string,
      id: string,
      { key, spec, revision, changedAtMs }: ForeignChange,
    ): Promise<Awaited<ReturnType<ForeignRecordStore['update']>>> =>
      inTransaction(pool, async (own) => {
        await own.rows('select from projects where id = $1 for update', [projectId]);
        const [state] = await own.rows<{ isThere: boolean; isTaken: boolean }>(
          `select exists (select 1 from foreign_records where ${OWN} and revision = $4) as "isThere",
             exists (select 1 from foreign_records where project = (select seq from projects where id = $1)
               and kind = $2 and key = $5 and id <> $3) as "isTaken"`,
          [projectId, kind, id, revision, key],
        );
        if (!state!.isThere) return 'changed';
        if (state!.isTaken) return 'exists';
        await own.rows(
          `update foreign_records set key = $4, spec = $5, revision = revision + 1, changed_at_ms = $6 where ${OWN}`,
          [projectId, kind, id, key, JSON.stringify(spec), changedAtMs],
        );
        return 'updated';
      }),

    async removeForeign(projectId: string, kind: string, id: string): Promise<boolean> {
      const removed = await session.rows(
        `with own as (delete from foreign_records where ${OWN} returning id),
           its as (delete from foreign_records where project = (select seq from projects where id = $1)
             and parent in (select id from own))
         select 1 from own`,
        [projectId, kind, id],
      );
      return removed.length > 0;
    },
  };
}
