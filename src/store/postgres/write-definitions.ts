/** Evaluators that are no files, as rows. SQLite's write-definitions.ts says what each does. */
import type { Pool } from 'pg';
import type { Definition } from '../../model/definition.ts';
import { type Before, DEFINITIONS, type DefinitionStore, planPut, type Put, type PutOptions } from '../definitions.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

const JOBS_A_UNIT = 1000;

export function definitionWrites(pool: Pool, interned: Interned) {
  return {
    async putDefinition(projectId: string, definition: Definition, options: PutOptions): Promise<Put> {
      const project = await interned.project(projectId, options.nowMs);
      return inTransaction(pool, (session) => put(session, project, definition, options));
    },

    async removeEvaluator(
      projectId: string,
      name: string,
      { managedBy, waiting, nowMs }: Parameters<DefinitionStore['remove']>[2],
    ): Promise<boolean> {
      return inTransaction(pool, async (session) => {
        const rows = await session.rows(
          `update evaluators set deleted_at_ms = $4, changed_at_ms = $4, waiting = $5, online = null
           where project = (select seq from projects where id = $1) and name = $2 and managed_by = $3
             and deleted_at_ms is null returning 1`,
          [projectId, name, managedBy, nowMs, waiting],
        );
        if (rows.length === 0) return false;
        await session.rows(
          'delete from breakers where project = (select seq from projects where id = $1) and evaluator = $2',
          [projectId, name],
        );
        await revise(session);
        return true;
      });
    },

    async dropJobs(projectId: string, name: string, after: number): Promise<{ dropped: number; next: number | null }> {
      const session = sessionOf(pool);
      const [end] = await session.rows<{ last: number | null }>(
        'select max(id) as last from (select id from jobs where id > $1 order by id limit $2) next',
        [after, JOBS_A_UNIT],
      );
      if (end!.last === null) return { dropped: 0, next: null };
      const rows = await session.rows(
        `delete from jobs where id > $1 and id <= $2 and evaluator = $3 and state <> 'dead'
           and project = (select seq from projects where id = $4) returning 1`,
        [after, end!.last, name, projectId],
      );
      return { dropped: rows.length, next: end!.last };
    },
  };
}

async function put(session: Session, project: number, definition: Definition, options: PutOptions): Promise<Put> {
  // Held so that two who put at once do not both find the same version the newest, or room for themselves.
  await session.rows('select from projects where seq = $1 for update', [project]);
  const { name } = definition;
  const [before] = await session.rows<Before & Record<string, unknown>>(
    `select e.newest, e.managed_by as "managedBy", e.online, e.deleted_at_ms as "deletedAtMs", d.spec from evaluators e
     join definitions d on d.project = e.project and d.name = e.name and d.version = e.newest
     where e.project = $1 and e.name = $2`,
    [project, name],
  );
  const [there] = await session.rows<{ count: number }>(
    'select count(*) as count from evaluators where project = $1 and deleted_at_ms is null',
    [project],
  );
  const plan = planPut(before, there!.count, definition, options);
  if ('refused' in plan) return plan;
  const { spec, online, newest, isNew } = plan;
  if (isNew)
    await session.rows(
      'insert into definitions (project, name, version, spec, created_at_ms) values ($1, $2, $3, $4, $5)',
      [project, name, newest, spec, options.nowMs],
    );
  if (plan.isChange) {
    await session.rows(
      `insert into evaluators (project, name, newest, managed_by, online, created_at_ms, changed_at_ms)
       values ($1, $2, $3, $4, $5, $6, $6)
       on conflict (project, name) do update set newest = excluded.newest, managed_by = excluded.managed_by,
         online = excluded.online, changed_at_ms = excluded.changed_at_ms, deleted_at_ms = null, waiting = null`,
      [project, name, newest, options.managedBy, online, options.nowMs],
    );
    await revise(session);
  }
  return { version: String(newest), isNew };
}

/** Its row is locked until the transaction ends, so that the number grows in the order in which they are committed. */
async function revise(session: Session): Promise<void> {
  await session.rows(
    `insert into revisions (what, number) values ('${DEFINITIONS}', 1)
     on conflict (what) do update set number = revisions.number + 1`,
  );
}
