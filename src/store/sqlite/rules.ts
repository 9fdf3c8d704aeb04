/** Rules, read on a reader's connection and written on the writer's. */
import type { RuleSpec, StoredRule } from '../../model/rule.ts';
import { type RuleRow, type RuleStore, ruleOf } from '../rules.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const SELECT = `select p.id as projectId, r.spec, r.created_at_ms as createdAtMs, r.changed_at_ms as changedAtMs
  from rules r join projects p on p.seq = r.project`;
const OWN = 'name = @name and project = (select seq from projects where id = @project)';

type Row = Omit<RuleRow, 'projectId'> & { projectId: Buffer };

export function ruleReads(connection: Connection) {
  const ofProject = connection.prepare(`${SELECT} where p.id = ? order by r.name`);
  const all = connection.prepare(`${SELECT} order by r.project, r.name`);
  return {
    listRules: (projectId: string): StoredRule[] => (ofProject.all(bytesOfUuid(projectId)) as Row[]).map(read),

    allRules: (): StoredRule[] => (all.all() as Row[]).map(read),
  };
}

export function ruleWrites(connection: Connection, projects: Projects) {
  const count = connection.prepare('select count(*) from rules where project = ?').pluck();
  const exists = connection.prepare('select 1 from rules where project = ? and name = ?').pluck();
  const insert = connection.prepare(
    'insert into rules (project, name, spec, created_at_ms, changed_at_ms) values (?, ?, ?, ?, ?)',
  );
  const update = connection.prepare(`update rules set spec = @spec, changed_at_ms = @atMs where ${OWN}`);
  const remove = connection.prepare(`delete from rules where ${OWN}`);
  const forget = connection.prepare(
    'delete from rule_days where rule = @name and project = (select seq from projects where id = @project)',
  );
  return {
    createRule(rule: StoredRule, most: number): Awaited<ReturnType<RuleStore['create']>> {
      const { spec, createdAtMs, changedAtMs } = rule;
      const project = projects.seqOf(rule.projectId, createdAtMs);
      if (exists.get(project, spec.name) !== undefined) return 'exists';
      if ((count.get(project) as number) >= most) return 'full';
      insert.run(project, spec.name, JSON.stringify(spec), createdAtMs, changedAtMs);
      return 'created';
    },

    updateRule: (projectId: string, spec: RuleSpec, atMs: number): boolean =>
      update.run({ project: bytesOfUuid(projectId), name: spec.name, spec: JSON.stringify(spec), atMs }).changes > 0,

    removeRule(projectId: string, name: string): boolean {
      const own = { project: bytesOfUuid(projectId), name };
      forget.run(own);
      return remove.run(own).changes > 0;
    },
  };
}

function read(row: Row): StoredRule {
  return ruleOf({ ...row, projectId: uuidOfBytes(row.projectId) });
}
