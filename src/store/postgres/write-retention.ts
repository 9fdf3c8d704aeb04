/** Writing how long projects keep their logs, as a named operation. */
import type { Pool } from 'pg';
import type { Act } from '../audit.ts';
import type { ProjectRetention } from '../retention.ts';
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
  };
}
