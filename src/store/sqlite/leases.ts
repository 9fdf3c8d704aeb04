/** The queue of one evaluator in one project, for those who work on its jobs elsewhere. They take them as all others do: claim-jobs.ts. */
import { PRIORITY_MS } from '../fair-claim.ts';
import { type JobQueue, QUEUED_COUNTED } from '../store.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const OWN = 'project = (select seq from projects where id = @project) and evaluator = @evaluator';

interface Counts extends Omit<JobQueue, 'next'> {
  aside: number;
}

export function leaseReads(connection: Connection) {
  const counts = connection.prepare<unknown[], Counts>(
    `select coalesce(sum(due_at_ms <= @nowMs), 0) as waiting,
       coalesce(sum(due_at_ms > @nowMs and state = 'pending'), 0) as deferred,
       coalesce(sum(due_at_ms > @nowMs and state = 'leased'), 0) as leased,
       (select count(*) from (select 1 from jobs where ${OWN} and lane_ms is not null limit ${QUEUED_COUNTED})) as aside
     from (select state, due_at_ms from jobs where ${OWN} and due_at_ms is not null order by due_at_ms limit ${QUEUED_COUNTED})`,
  );
  const next = connection.prepare<unknown[], { log: Buffer; dueAtMs: number }>(
    `select (select id from logs where seq = first.log) as log, orderMs + priority * ${PRIORITY_MS} as dueAtMs from (
       select * from (select id, log, priority, due_at_ms - priority * ${PRIORITY_MS} as orderMs from jobs
         where ${OWN} and due_at_ms <= @nowMs order by due_at_ms, id limit @limit)
       union all
       select * from (select id, log, priority, lane_ms from jobs
         where ${OWN} and lane_ms is not null order by lane_ms, id limit @limit)) first
     order by orderMs, id limit @limit`,
  );
  return {
    queueOfJobs(projectId: string, evaluator: string, nowMs: number, limit: number): JobQueue {
      const of = { project: bytesOfUuid(projectId), evaluator, nowMs };
      const first = next.all({ ...of, limit }).filter(({ log }) => log !== null);
      const { waiting, aside, deferred, leased } = counts.get(of)!;
      return {
        waiting: Math.min(waiting + aside, QUEUED_COUNTED),
        deferred,
        leased,
        next: first.map(({ log, dueAtMs }) => ({ logId: uuidOfBytes(log), dueAtMs })),
      };
    },
  };
}
