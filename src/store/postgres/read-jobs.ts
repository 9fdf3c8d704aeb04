/** What is asked of jobs without taking them: where those of a log stand, and how many there are. */
import { PRIORITY_MS } from '../fair-claim.ts';
import { AHEAD_COUNTED, type Backlog, type LogJob } from '../store.ts';
import type { Session } from './connection.ts';

/** The first job of each lane, from lane to lane through the index. */
const HEADS = `with recursive heads as (
    (select evaluator, project, lane_ms, priority from jobs where lane_ms is not null
     order by evaluator, project, lane_ms limit 1)
    union all
    select next.* from heads cross join lateral (
      select evaluator, project, lane_ms, priority from jobs
      where lane_ms is not null and (evaluator, project) > (heads.evaluator, heads.project)
      order by evaluator, project, lane_ms limit 1) as next)`;

const order = (of: string): string =>
  `coalesce(${of}.lane_ms, ${of}.due_at_ms - ${of}.priority::bigint * ${PRIORITY_MS})`;

const OF_LOG = `select evaluator, state, attempt, coalesce(due_at_ms, lane_ms + priority::bigint * ${PRIORITY_MS}) as "dueAtMs", reason,
   deferred_by as "deferredBy",
   (select count(*) from (
     select 1 from jobs other where other.lane_ms is not null and other.evaluator = job.evaluator
       and other.project = job.project and (other.lane_ms, other.id) < (${order('job')}, job.id)
     limit ${AHEAD_COUNTED}) counted)
   + (select count(*) from (
       select * from jobs where due_at_ms <= coalesce(job.due_at_ms, job.lane_ms) and state = 'pending' limit ${AHEAD_COUNTED}) other
     where other.evaluator = job.evaluator and other.project = job.project
       and (${order('other')}, other.id) < (${order('job')}, job.id)) as ahead
 from jobs job
 where log = (select seq from logs where id = $1 and project = (select seq from projects where id = $2))
 order by evaluator collate "C"`;

export function jobReads(session: Session) {
  return {
    jobsOfLog: (projectId: string, logId: string): Promise<LogJob[]> =>
      session.rows<LogJob & Record<string, unknown>>(OF_LOG, [logId, projectId]),

    async jobEvaluators(): Promise<string[]> {
      const rows = await session.rows<{ evaluator: string }>(
        `${HEADS} select evaluator from heads union select evaluator from jobs where due_at_ms is not null`,
      );
      return rows.map(({ evaluator }) => evaluator);
    },

    async backlog(): Promise<Backlog> {
      const [row] = await session.rows<Backlog & Record<string, unknown>>(
        `${HEADS}, due as (
           select count(*) filter (where state = 'pending') as pending, count(*) filter (where state = 'leased') as leased,
             min(due_at_ms) filter (where state = 'pending') as oldest
           from jobs where due_at_ms is not null),
         counted as (
           select (select count(*) from jobs) as jobs, (select count(*) from jobs where lane_ms is not null) as aside,
             (select min(lane_ms + priority::bigint * ${PRIORITY_MS}) from heads) as oldest)
         select pending + aside as pending, leased, jobs - pending - leased - aside as dead,
           least(due.oldest, counted.oldest) as "oldestDueAtMs" from due, counted`,
      );
      return row!;
    },
  };
}
