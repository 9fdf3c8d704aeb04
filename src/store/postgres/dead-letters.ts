/** Dead letters. SQLite's dead-letters.ts says what each operation does. */
import type { Pool } from 'pg';
import type { DeadLetter, DeadLetterPage } from '../dead-letters.ts';
import { type Session, sessionOf } from './connection.ts';

const OF_PROJECT = 'jobs.project = (select seq from projects where id = $1)';

export function deadLetterReads(session: Session) {
  // The jobs first, and then what belongs to each.
  const select = (where: string, values: unknown[]): Promise<DeadLetter[]> =>
    session.rows<DeadLetter & Record<string, unknown>>(
      `with dead as materialized (select * from jobs where state = 'dead' and ${OF_PROJECT} and ${where})
       select dead.id, (select logs.id::text from logs where logs.seq = dead.log) as "logId", dead.evaluator,
         dead.attempt as attempts, dead.reason, e.evaluator_version as "evaluatorVersion", e.code, e.at_ms as "failedAtMs", e.printed
       from dead left join lateral (
         select * from evaluations where log = dead.log and evaluator = dead.evaluator and superseded = 0
         order by at_ms desc limit 1) e on true
       order by dead.id desc`,
      values,
    );
  return {
    listDeadLetters: (projectId: string, { evaluator, after, limit }: DeadLetterPage): Promise<DeadLetter[]> =>
      select('id < $2 and ($3::text is null or evaluator = $3) order by id desc limit $4', [
        projectId,
        after ?? Number.MAX_SAFE_INTEGER,
        evaluator,
        limit,
      ]),

    findDeadLetter: async (projectId: string, id: number): Promise<DeadLetter | undefined> =>
      (await select('id = $2', [projectId, id]))[0],
  };
}

export function deadLetterWrites(pool: Pool) {
  const chosen = `id = any($2::bigint[]) and state = 'dead' and ${OF_PROJECT}`;
  const count = async (text: string, values: unknown[]): Promise<number> =>
    (await sessionOf(pool).rows(`${text} where ${chosen} returning id`, values)).length;
  return {
    retryDeadLetters: (projectId: string, ids: number[], nowMs: number): Promise<number> =>
      count(`update jobs set state = 'pending', attempt = 0, due_at_ms = $3, reason = null`, [projectId, ids, nowMs]),

    dropDeadLetters: (projectId: string, ids: number[]): Promise<number> => count('delete from jobs', [projectId, ids]),
  };
}
