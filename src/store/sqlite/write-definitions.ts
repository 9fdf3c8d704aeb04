/** Evaluators that are no files, as rows: put, deleted, and their waiting jobs dropped. */
import type { Definition } from '../../model/definition.ts';
import { type Before, DEFINITIONS, type DefinitionStore, planPut, type Put, type PutOptions } from '../definitions.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid } from './uuid.ts';

/** Jobs that one transaction looks at. */
const JOBS_A_UNIT = 1000;

export function definitionWrites(connection: Connection, projects: Projects) {
  const prepare = (text: string) => connection.prepare(text);
  const known = prepare(
    `select e.newest, e.managed_by as managedBy, e.online, e.deleted_at_ms as deletedAtMs, d.spec from evaluators e
     join definitions d on d.project = e.project and d.name = e.name and d.version = e.newest
     where e.project = ? and e.name = ?`,
  );
  const count = prepare('select count(*) from evaluators where project = ? and deleted_at_ms is null').pluck();
  const define = prepare(
    'insert into definitions (project, name, version, spec, created_at_ms) values (@project, @name, @newest, @spec, @nowMs)',
  );
  const put = prepare(
    `insert into evaluators (project, name, newest, managed_by, online, created_at_ms, changed_at_ms)
     values (@project, @name, @newest, @managedBy, @online, @nowMs, @nowMs)
     on conflict do update set newest = @newest, managed_by = @managedBy, online = @online, changed_at_ms = @nowMs,
       deleted_at_ms = null, waiting = null`,
  );
  const remove = prepare(
    `update evaluators set deleted_at_ms = @nowMs, changed_at_ms = @nowMs, waiting = @waiting, online = null
     where project = (select seq from projects where id = @project) and name = @name and managed_by = @managedBy
       and deleted_at_ms is null`,
  );
  const forgetPause = prepare(
    'delete from breakers where project = (select seq from projects where id = @project) and evaluator = @name',
  );
  const revise = prepare(
    `insert into revisions (what, number) values ('${DEFINITIONS}', 1) on conflict do update set number = number + 1`,
  );
  const end = prepare('select max(id) from (select id from jobs where id > ? order by id limit ?)').pluck();
  const drop = prepare(
    `delete from jobs where id > @after and id <= @last and evaluator = @name and state <> 'dead'
       and project = (select seq from projects where id = @project)`,
  );
  return {
    putDefinition(projectId: string, definition: Definition, options: PutOptions): Put {
      const project = projects.seqOf(projectId, options.nowMs);
      const { name } = definition;
      const before = known.get(project, name) as Before | undefined;
      const plan = planPut(before, count.get(project) as number, definition, options);
      if ('refused' in plan) return plan;
      const { spec, online, newest, isNew } = plan;
      const row = { project, name, newest, nowMs: options.nowMs };
      if (isNew) define.run({ ...row, spec });
      if (plan.isChange) {
        put.run({ ...row, managedBy: options.managedBy, online });
        revise.run();
      }
      return { version: String(newest), isNew };
    },

    removeEvaluator(projectId: string, name: string, options: Parameters<DefinitionStore['remove']>[2]): boolean {
      const of = { project: bytesOfUuid(projectId), name };
      if (remove.run({ ...of, ...options }).changes === 0) return false;
      // Its jobs shall finish, and who puts it anew begins anew.
      forgetPause.run(of);
      revise.run();
      return true;
    },

    /** Looks at some jobs behind `after`; `next` is null at the end. */
    dropJobs(projectId: string, name: string, after: number): { dropped: number; next: number | null } {
      const last = end.get(after, JOBS_A_UNIT) as number | null;
      if (last === null) return { dropped: 0, next: null };
      return { dropped: drop.run({ project: bytesOfUuid(projectId), name, after, last }).changes, next: last };
    },
  };
}
