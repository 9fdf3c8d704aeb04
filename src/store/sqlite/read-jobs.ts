/** What is asked of jobs without taking them: where those of a log stand, and how many there are. */
import { PRIORITY_MS } from '../fair-claim.ts';
import { AHEAD_COUNTED, type Backlog, type LogJob } from '../store.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid } from './uuid.ts';

/** The first job of each lane, from lane to lane through the index. */
const HEADS = `with recursive heads(id) as (
    select (select id from jobs where lane_ms is not null order by evaluator, project, lane_ms, id limit 1)
    union all
    select coalesce(
      (select next.id from jobs next
       where next.lane_ms is not null and next.evaluator = jobs.evaluator and next.project > jobs.project
       order by next.project, next.lane_ms, next.id limit 1),
      (select next.id from jobs next where next.lane_ms is not null and next.evaluator > jobs.evaluator
       order by next.evaluator, next.project, next.lane_ms, next.id limit 1))
    from heads join jobs on jobs.id = heads.id)`;

export function jobReads(connection: Connection) {
  const order = (of: string): string => `coalesce(${of}.lane_ms, ${of}.due_at_ms - ${of}.priority * ${PRIORITY_MS})`;
  const ofLog = connection.prepare<[Buffer, Buffer], LogJob>(
    `select evaluator, state, attempt, coalesce(due_at_ms, lane_ms + priority * ${PRIORITY_MS}) as dueAtMs, reason,
       deferred_by as deferredBy,
       (select count(*) from (
         select 1 from jobs other where other.lane_ms is not null and other.evaluator = job.evaluator
           and other.project = job.project and (other.lane_ms, other.id) < (${order('job')}, job.id)
         limit ${AHEAD_COUNTED}))
       + (select count(*) from (
           select * from jobs where due_at_ms <= coalesce(job.due_at_ms, job.lane_ms) and state = 'pending' limit ${AHEAD_COUNTED}) other
         where other.evaluator = job.evaluator and other.project = job.project
           and (${order('other')}, other.id) < (${order('job')}, job.id)) as ahead
     from jobs job
     where log = (select seq from logs where id = ? and project = (select seq from projects where id = ?))
     order by evaluator`,
  );
  const due = connection.prepare<[], { state: string; count: number; oldest: number }>(
    'select state, count(*) as count, min(due_at_ms) as oldest from jobs where due_at_ms is not null group by state',
  );
  const count = (where: string): (() => number) => {
    const statement = connection.prepare<[], number>(`select count(*) from jobs ${where}`).pluck();
    return () => statement.get()!;
  };
  const [all, inLanes] = [count(''), count('where lane_ms is not null')];
  const oldestInLanes = connection
    .prepare<[], number | null>(
      `${HEADS} select min(lane_ms + priority * ${PRIORITY_MS}) from heads join jobs using (id)`,
    )
    .pluck();
  const evaluators = connection
    .prepare<[], string>(
      `${HEADS} select evaluator from heads join jobs using (id) union select evaluator from jobs where due_at_ms is not null`,
    )
    .pluck();

  return {
    jobsOfLog: (projectId: string, logId: string): LogJob[] => ofLog.all(bytesOfUuid(logId), bytesOfUuid(projectId)),

    jobEvaluators: (): string[] => evaluators.all(),

    backlog(): Backlog {
      const byState = new Map(due.all().map((row) => [row.state, row]));
      const aside = inLanes();
      const [pending, leased] = [byState.get('pending'), byState.get('leased')];
      const ages = [pending?.oldest, oldestInLanes.get()].filter((ms) => typeof ms === 'number');
      return {
        pending: (pending?.count ?? 0) + aside,
        leased: leased?.count ?? 0,
        // What is neither due some time nor in a lane.
        dead: all() - (pending?.count ?? 0) - (leased?.count ?? 0) - aside,
        oldestDueAtMs: ages.length === 0 ? null : Math.min(...ages),
      };
    },
  };
}
