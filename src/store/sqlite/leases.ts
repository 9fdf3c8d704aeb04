/** Jobs of one evaluator in one project, for those who work on them elsewhere: the queue, and leases. All else of a job: write-jobs.ts. */
import type { ClaimedJob } from '../../model/job.ts';
import { type JobQueue, type LeaseRequest, QUEUED_COUNTED } from '../store.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const OWN = 'project = (select seq from projects where id = @project) and evaluator = @evaluator';

export function leaseReads(connection: Connection) {
  const counts = connection.prepare<unknown[], Omit<JobQueue, 'next'>>(
    `select coalesce(sum(due_at_ms <= @nowMs), 0) as waiting,
       coalesce(sum(due_at_ms > @nowMs and state = 'pending'), 0) as deferred,
       coalesce(sum(due_at_ms > @nowMs and state = 'leased'), 0) as leased
     from (select state, due_at_ms from jobs where ${OWN} and due_at_ms is not null order by due_at_ms limit ${QUEUED_COUNTED})`,
  );
  const next = connection.prepare<unknown[], { log: Buffer; dueAtMs: number }>(
    `select (select id from logs where seq = jobs.log) as log, due_at_ms as dueAtMs from jobs
     where ${OWN} and due_at_ms <= @nowMs order by due_at_ms, id limit @limit`,
  );
  return {
    queueOfJobs(projectId: string, evaluator: string, nowMs: number, limit: number): JobQueue {
      const of = { project: bytesOfUuid(projectId), evaluator, nowMs };
      const first = next.all({ ...of, limit }).filter(({ log }) => log !== null);
      return { ...counts.get(of)!, next: first.map(({ log, dueAtMs }) => ({ logId: uuidOfBytes(log), dueAtMs })) };
    },
  };
}

type LeaseRow = Omit<ClaimedJob, 'projectId' | 'logId'> & { log: Buffer | null };

export function leaseWrites(connection: Connection) {
  const lease = connection.prepare<unknown[], LeaseRow>(
    `update jobs set state = 'leased', attempt = attempt + 1, token = token + 1, due_at_ms = @leaseUntilMs
     where id in (select id from jobs where ${OWN} and due_at_ms <= @nowMs order by due_at_ms, id limit @limit)
     returning id, evaluator, version, attempt, token, (select id from logs where seq = jobs.log) as log`,
  );
  return {
    leaseJobs({ projectId, ...request }: LeaseRequest): ClaimedJob[] {
      const rows = lease.all({ ...request, project: bytesOfUuid(projectId) });
      // They come back in no order. Ids grow in the order in which jobs came.
      return rows
        .toSorted((one, other) => one.id - other.id)
        .map(({ log, ...row }) => ({ ...row, projectId, logId: log === null ? '' : uuidOfBytes(log) }));
    },
  };
}
