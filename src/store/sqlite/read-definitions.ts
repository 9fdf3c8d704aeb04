/** Evaluators that are no files, and their versions, read. */
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
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

type Of<Row extends { projectId: string }> = Omit<Row, 'projectId'> & { projectId: Buffer };

const EVALUATORS = `select p.id as projectId, e.managed_by as managedBy, e.online, e.created_at_ms as createdAtMs,
    e.changed_at_ms as changedAtMs, e.deleted_at_ms as deletedAtMs, e.waiting, d.version, d.spec, d.created_at_ms as versionAtMs
  from evaluators e
  join projects p on p.seq = e.project
  join definitions d on d.project = e.project and d.name = e.name and d.version = e.newest`;

export function definitionReads(connection: Connection) {
  const revision = connection.prepare('select number from revisions where what = ?').pluck();
  const all = connection.prepare(`${EVALUATORS} order by e.project, e.name`);
  const ofProject = connection.prepare(`${EVALUATORS} where p.id = ? and e.deleted_at_ms is null order by e.name`);
  const one = connection.prepare(`${EVALUATORS} where p.id = ? and e.name = ? and e.deleted_at_ms is null`);
  const versions = connection.prepare(
    `select version, created_at_ms as createdAtMs from definitions
     where project = (select seq from projects where id = ?) and name = ? order by version desc`,
  );
  const version = connection.prepare(
    `select p.id as projectId, e.managed_by as managedBy, d.version, d.spec, d.created_at_ms as createdAtMs
     from definitions d
     join evaluators e on e.project = d.project and e.name = d.name
     join projects p on p.seq = d.project
     where p.id = ? and d.name = ? and d.version = ?`,
  );
  const withId = <Row extends { projectId: Buffer }>(row: Row) => ({ ...row, projectId: uuidOfBytes(row.projectId) });

  return {
    definitionRevision: (): number => (revision.get(DEFINITIONS) as number | undefined) ?? 0,

    allEvaluators: (): DefinedEvaluator[] => (all.all() as Of<EvaluatorRow>[]).map((row) => definedOf(withId(row))),

    listEvaluators: (projectId: string): DefinedEvaluator[] =>
      (ofProject.all(bytesOfUuid(projectId)) as Of<EvaluatorRow>[]).map((row) => definedOf(withId(row))),

    findEvaluator(projectId: string, name: string): DefinedEvaluator | undefined {
      const row = one.get(bytesOfUuid(projectId), name) as Of<EvaluatorRow> | undefined;
      return row && definedOf(withId(row));
    },

    evaluatorVersions(projectId: string, name: string): { version: string; createdAtMs: number }[] {
      const rows = versions.all(bytesOfUuid(projectId), name) as { version: number; createdAtMs: number }[];
      return rows.map((row) => ({ ...row, version: String(row.version) }));
    },

    findVersion(projectId: string, name: string, wanted: string): Versioned | undefined {
      const number = versionNumber(wanted);
      if (number === undefined) return undefined;
      const row = version.get(bytesOfUuid(projectId), name, number) as Of<VersionRow> | undefined;
      return row && versionedOf(withId(row));
    },
  };
}
