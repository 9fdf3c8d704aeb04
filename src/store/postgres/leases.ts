/** Jobs of one evaluator in one project, for those who work on them elsewhere. SQLite's leases.ts says what each operation does. */
import type { Pool } from 'pg';
import type { ClaimedJob } from '../../model/job.ts';
import { type JobQueue, type LeaseRequest, QUEUED_COUNTED } from '../store.ts';
import { type Session, sessionOf } from './connection.ts';

const OWN = 'project = (select seq from projects where id = $1) and evaluator = $2';

export function leaseReads(session: Session) {
  return {
    async queueOfJobs(projectId: string, evaluator: string, nowMs: number, limit: number): Promise<JobQueue> {
      const of = [projectId, evaluator, nowMs];
      const [counts] = await session.rows<Omit<JobQueue, 'next'> & Record<string, unknown>>(
        `select count(*) filter (where due_at_ms <= $3) as waiting,
           count(*) filter (where due_at_ms > $3 and state = 'pending') as deferred,
           count(*) filter (where due_at_ms > $3 and state = 'leased') as leased
         from (select state, due_at_ms from jobs where ${OWN} and due_at_ms is not null
           order by due_at_ms limit ${QUEUED_COUNTED}) counted`,
        of,
      );
      const next = await session.rows<JobQueue['next'][number] & Record<string, unknown>>(
        `select logs.id as "logId", due_at_ms as "dueAtMs" from (
           select log, due_at_ms, id from jobs where ${OWN} and due_at_ms <= $3 order by due_at_ms, id limit $4) first
         join logs on logs.seq = first.log order by due_at_ms, first.id`,
        [...of, limit],
      );
      return { ...counts!, next };
    },
  };
}

export function leaseWrites(pool: Pool) {
  return {
    async leaseJobs({ projectId, evaluator, limit, nowMs, leaseUntilMs }: LeaseRequest): Promise<ClaimedJob[]> {
      const rows = await sessionOf(pool).rows<ClaimedJob & Record<string, unknown>>(
        `with due as materialized (
           select id from jobs where ${OWN} and due_at_ms <= $3 order by due_at_ms, id limit $4 for update skip locked)
         update jobs set state = 'leased', attempt = attempt + 1, token = token + 1, due_at_ms = $5
         from due where jobs.id = due.id
         returning jobs.id, jobs.evaluator, jobs.version, jobs.attempt, jobs.token,
           coalesce((select logs.id::text from logs where logs.seq = jobs.log), '') as "logId"`,
        [projectId, evaluator, nowMs, limit, leaseUntilMs],
      );
      return rows.toSorted((one, other) => one.id - other.id).map((job) => ({ ...job, projectId }));
    },
  };
}
