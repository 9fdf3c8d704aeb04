/** Rules. SQLite's rules.ts says what each operation does. */
import type { Pool } from 'pg';
import type { RuleSpec, StoredRule } from '../../model/rule.ts';
import { type RuleRow, type RuleStore, ruleOf } from '../rules.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

const SELECT = `select p.id as "projectId", r.spec, r.created_at_ms as "createdAtMs", r.changed_at_ms as "changedAtMs"
  from rules r join projects p on p.seq = r.project`;
const OWN = 'project = (select seq from projects where id = $1) and name = $2';

export function ruleReads(session: Session) {
  const select = async (rest: string, values: unknown[]): Promise<StoredRule[]> =>
    (await session.rows<RuleRow & Record<string, unknown>>(`${SELECT} ${rest}`, values)).map(ruleOf);
  return {
    listRules: (projectId: string): Promise<StoredRule[]> =>
      select('where p.id = $1 order by r.name collate "C"', [projectId]),

    allRules: (): Promise<StoredRule[]> => select('order by r.project, r.name collate "C"', []),
  };
}

export function ruleWrites(pool: Pool, interned: Interned) {
  const session = sessionOf(pool);
  return {
    async createRule(rule: StoredRule, most: number): Promise<Awaited<ReturnType<RuleStore['create']>>> {
      const { spec, createdAtMs, changedAtMs } = rule;
      const project = await interned.project(rule.projectId, createdAtMs);
      return inTransaction(pool, async (own) => {
        // Held so that two that are created at once do not both find room for themselves.
        await own.rows('select from projects where seq = $1 for update', [project]);
        const [row] = await own.rows<{ count: number; exists: boolean }>(
          'select count(*) as count, coalesce(bool_or(name = $2), false) as exists from rules where project = $1',
          [project, spec.name],
        );
        if (row!.exists) return 'exists';
        if (row!.count >= most) return 'full';
        await own.rows(
          'insert into rules (project, name, spec, created_at_ms, changed_at_ms) values ($1, $2, $3, $4, $5)',
          [project, spec.name, JSON.stringify(spec), createdAtMs, changedAtMs],
        );
        return 'created';
      });
    },

    async updateRule(projectId: string, spec: RuleSpec, atMs: number): Promise<boolean> {
      const rows = await session.rows(`update rules set spec = $3, changed_at_ms = $4 where ${OWN} returning 1`, [
        projectId,
        spec.name,
        JSON.stringify(spec),
        atMs,
      ]);
      return rows.length > 0;
    },

    async removeRule(projectId: string, name: string): Promise<boolean> {
      return inTransaction(pool, async (own) => {
        await own.rows('delete from rule_days where project = (select seq from projects where id = $1) and rule = $2', [
          projectId,
          name,
        ]);
        return (await own.rows(`delete from rules where ${OWN} returning 1`, [projectId, name])).length > 0;
      });
    },
  };
}
