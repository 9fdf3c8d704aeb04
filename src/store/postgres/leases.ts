/** The queue of one evaluator in one project, for those who work on its jobs elsewhere. */
import { PRIORITY_MS } from '../fair-claim.ts';
import { type JobQueue, QUEUED_COUNTED } from '../store.ts';
import type { Session } from './connection.ts';

const OWN = 'project = (select seq from projects where id = $1) and evaluator = $2';

interface Counts extends Omit<JobQueue, 'next'> {
  aside: number;
}

export function leaseReads(session: Session) {
  return {
    async queueOfJobs(projectId: string, evaluator: string, nowMs: number, limit: number): Promise<JobQueue> {
      const of = [projectId, evaluator, nowMs];
      const [counts] = await session.rows<Counts & Record<string, unknown>>(
        `select count(*) filter (where due_at_ms <= $3) as waiting,
           count(*) filter (where due_at_ms > $3 and state = 'pending') as deferred,
           count(*) filter (where due_at_ms > $3 and state = 'leased') as leased,
           (select count(*) from (select 1 from jobs where ${OWN} and lane_ms is not null limit ${QUEUED_COUNTED}) lane) as aside
         from (select state, due_at_ms from jobs where ${OWN} and due_at_ms is not null
           order by due_at_ms limit ${QUEUED_COUNTED}) counted`,
        of,
      );
      const next = await session.rows<JobQueue['next'][number] & Record<string, unknown>>(
        `select logs.id as "logId", order_ms + priority::bigint * ${PRIORITY_MS} as "dueAtMs" from (
           (select id, log, priority, due_at_ms - priority::bigint * ${PRIORITY_MS} as order_ms from jobs
            where ${OWN} and due_at_ms <= $3 order by due_at_ms, id limit $4)
           union all
           (select id, log, priority, lane_ms from jobs
            where ${OWN} and lane_ms is not null order by lane_ms, id limit $4)
           order by order_ms, id limit $4) first
         join logs on logs.seq = first.log order by order_ms, first.id`,
        [...of, limit],
      );
      const { waiting, aside, deferred, leased } = counts!;
      return { waiting: Math.min(waiting + aside, QUEUED_COUNTED), deferred, leased, next };
    },
  };
}
