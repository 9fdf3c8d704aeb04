/** Foreign records, read on a reader's connection and written on the writer's. */
import {
  type ForeignChange,
  foreignOf,
  type ForeignRecord,
  type ForeignRecordStore,
  type ForeignRow,
} from '../foreign-records.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid } from './uuid.ts';

const SELECT = `select kind, id, parent, key, spec, revision, created_at_ms as createdAtMs, changed_at_ms as changedAtMs
  from foreign_records`;
const OF_PROJECT = 'project = (select seq from projects where id = @project)';
const OWN = `${OF_PROJECT} and kind = @kind and id = @id`;

export function foreignReads(connection: Connection) {
  const all = connection.prepare(`${SELECT} where ${OF_PROJECT} and kind = @kind order by created_at_ms, id`);
  const ofParent = connection.prepare(
    `${SELECT} where ${OF_PROJECT} and kind = @kind and parent = @parent order by created_at_ms, id`,
  );
  const find = connection.prepare(`${SELECT} where ${OWN}`);
  const byKey = connection.prepare(`${SELECT} where ${OF_PROJECT} and kind = @kind and key = @key`);
  const read = (projectId: string, rows: unknown[]): ForeignRecord[] =>
    (rows as ForeignRow[]).map((row) => foreignOf(projectId, row));
  return {
    listForeign(projectId: string, kind: string, parent?: string): ForeignRecord[] {
      const of = { project: bytesOfUuid(projectId), kind };
      return read(projectId, parent === undefined ? all.all(of) : ofParent.all({ ...of, parent }));
    },

    findForeign: (projectId: string, kind: string, id: string): ForeignRecord | undefined =>
      read(projectId, find.all({ project: bytesOfUuid(projectId), kind, id }))[0],

    findForeignByKey: (projectId: string, kind: string, key: string): ForeignRecord | undefined =>
      read(projectId, byKey.all({ project: bytesOfUuid(projectId), kind, key }))[0],
  };
}

export function foreignWrites(connection: Connection, projects: Projects) {
  const count = connection
    .prepare('select count(*) from foreign_records where project = ? and kind = ? and parent is ?')
    .pluck();
  const insert = connection.prepare(
    `insert into foreign_records (project, kind, id, parent, key, spec, revision, created_at_ms, changed_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  );
  const update = connection.prepare(
    `update or ignore foreign_records set key = @key, spec = @spec, revision = revision + 1, changed_at_ms = @changedAtMs
     where ${OWN} and revision = @revision`,
  );
  const isThere = connection.prepare(`select 1 from foreign_records where ${OWN} and revision = @revision`).pluck();
  const remove = connection.prepare(`delete from foreign_records where ${OWN}`);
  const removeOf = connection.prepare(`delete from foreign_records where ${OF_PROJECT} and parent = @id`);
  return {
    createForeign(record: ForeignRecord, most: number): Awaited<ReturnType<ForeignRecordStore['create']>> {
      const { projectId, kind, id, parent, key, spec, revision, createdAtMs, changedAtMs } = record;
      const project = projects.seqOf(projectId, createdAtMs);
      const isFull = (count.get(project, kind, parent) as number) >= most;
      const row = [project, kind, id, parent, key, JSON.stringify(spec), revision, createdAtMs, changedAtMs];
      if (isFull) return 'full';
      return insert.run(...row).changes > 0 ? 'created' : 'exists';
    },

    updateForeign(
      projectId: string,
      kind: string,
      id: string,
      { spec, ...change }: ForeignChange,
    ): Awaited<ReturnType<ForeignRecordStore['update']>> {
      const own = { project: bytesOfUuid(projectId), kind, id, revision: change.revision };
      if (update.run({ ...own, ...change, spec: JSON.stringify(spec) }).changes > 0) return 'updated';
      return isThere.get(own) === undefined ? 'changed' : 'exists';
    },

    removeForeign(projectId: string, kind: string, id: string): boolean {
      const own = { project: bytesOfUuid(projectId), id };
      if (remove.run({ ...own, kind }).changes === 0) return false;
      removeOf.run(own);
      return true;
    },
  };
}
