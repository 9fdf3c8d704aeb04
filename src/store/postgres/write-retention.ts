/** Writing how long projects keep their logs, and whose turn it is to see to it, as named operations. */
import type { Pool } from 'pg';
import type { Act } from '../audit.ts';
import type { ProjectRetention } from '../retention.ts';
import { sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';
import { noteAct } from './write-audit.ts';

export function retentionWrites(pool: Pool, interned: Interned) {
  return {
    async setRetention(projectId: string, { bodyDays, logDays }: ProjectRetention, act: Act): Promise<void> {
      const project = await interned.project(projectId, act.atMs);
      await inTransaction(pool, async (session) => {
        await session.rows(
          `insert into project_settings (project, body_days, log_days) values ($1, $2, $3)
           on conflict (project) do update set body_days = excluded.body_days, log_days = excluded.log_days`,
          [project, bodyDays, logDays],
        );
        await noteAct(session, project, 'retention.changed', { ...act, details: { bodyDays, logDays } }, 1);
      });
    },

    async takeRetentionTurn(holder: string, nowMs: number, leaseUntilMs: number): Promise<boolean> {
      const rows = await sessionOf(pool).rows(
        `insert into turns (name, due_at_ms, holder, lease_until_ms) values ('retention', $2, $1, $3)
         on conflict (name) do update set holder = excluded.holder, lease_until_ms = excluded.lease_until_ms
         where turns.due_at_ms <= $2 and (turns.holder = $1 or turns.lease_until_ms <= $2) returning name`,
        [holder, nowMs, leaseUntilMs],
      );
      return rows.length > 0;
    },

    async endRetentionTurn(holder: string, dueAtMs: number): Promise<void> {
      await sessionOf(pool).rows(
        `update turns set due_at_ms = $2, lease_until_ms = 0 where name = 'retention' and holder = $1`,
        [holder, dueAtMs],
      );
    },
  };
}
