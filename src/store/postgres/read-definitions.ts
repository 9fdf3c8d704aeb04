/** Evaluators that are no files, and their versions, read. SQLite's read-definitions.ts says what each answers. */
import type { Versioned } from '../../model/definition.ts';
import {
  type DefinedEvaluator,
  DEFINITIONS,
  definedOf,
  type EvaluatorRow,
  versionedOf,
  versionNumber,
  type VersionRow,
} from '../definitions.ts';
import type { Session } from './connection.ts';

const EVALUATORS = `select p.id as "projectId", e.managed_by as "managedBy", e.online, e.created_at_ms as "createdAtMs",
    e.changed_at_ms as "changedAtMs", e.deleted_at_ms as "deletedAtMs", e.waiting, d.version, d.spec, d.created_at_ms as "versionAtMs"
  from evaluators e
  join projects p on p.seq = e.project
  join definitions d on d.project = e.project and d.name = e.name and d.version = e.newest`;
const BY_NAME = 'order by e.project, e.name collate "C"';

export function definitionReads(session: Session) {
  const select = async (rest: string, values: unknown[]): Promise<DefinedEvaluator[]> =>
    (await session.rows<EvaluatorRow & Record<string, unknown>>(`${EVALUATORS} ${rest}`, values)).map(definedOf);
  return {
    async definitionRevision(): Promise<number> {
      const [row] = await session.rows<{ number: number }>('select number from revisions where what = $1', [
        DEFINITIONS,
      ]);
      return row?.number ?? 0;
    },

    allEvaluators: (): Promise<DefinedEvaluator[]> => select(BY_NAME, []),

    listEvaluators: (projectId: string): Promise<DefinedEvaluator[]> =>
      select(`where p.id = $1 and e.deleted_at_ms is null ${BY_NAME}`, [projectId]),

    findEvaluator: async (projectId: string, name: string): Promise<DefinedEvaluator | undefined> =>
      (await select('where p.id = $1 and e.name = $2 and e.deleted_at_ms is null', [projectId, name]))[0],

    async evaluatorVersions(projectId: string, name: string): Promise<{ version: string; createdAtMs: number }[]> {
      return session.rows<{ version: string; createdAtMs: number }>(
        `select version::text, created_at_ms as "createdAtMs" from definitions
         where project = (select seq from projects where id = $1) and name = $2 order by definitions.version desc`,
        [projectId, name],
      );
    },

    async findVersion(projectId: string, name: string, wanted: string): Promise<Versioned | undefined> {
      const number = versionNumber(wanted);
      if (number === undefined) return undefined;
      const [row] = await session.rows<VersionRow & Record<string, unknown>>(
        `select p.id as "projectId", e.managed_by as "managedBy", d.version, d.spec, d.created_at_ms as "createdAtMs"
         from definitions d
         join evaluators e on e.project = d.project and e.name = d.name
         join projects p on p.seq = d.project
         where p.id = $1 and d.name = $2 and d.version = $3`,
        [projectId, name, number],
      );
      return row && versionedOf(row);
    },
  };
}
