/**
 * Claims jobs lane by lane in turn, as SQLite's claim-jobs.ts does. Several replicas claim at once: SKIP LOCKED gives each job to one
 * of them.
 */
import type { Pool } from 'pg';
import type { ClaimedJob } from '../../model/job.ts';
import {
  chooseFairly,
  type Claimed,
  type ClaimRequest,
  type HeldInLane,
  LANES_LOOKED_AT,
  laneOf,
  LOOKED_AT,
  PRIORITY_MS,
  type Waiting,
} from '../fair-claim.ts';
import { pausedLanes } from './breakers.ts';
import type { Session } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

type Lane = Pick<Waiting, 'evaluator' | 'project'>;
type WaitingRow = Waiting & Record<string, unknown>;

const LARGEST_PROJECT = 2_147_483_647;

/** From lane to lane through the index; those of an evaluator that nobody asks for are skipped together. */
const LANES = `with recursive lanes(evaluator, project) as (
   (select evaluator, project from jobs where lane_ms is not null and (evaluator, project) > ($2, $3)
    order by evaluator, project limit 1)
   union all
   select next.evaluator, next.project from lanes cross join lateral (
     select evaluator, project from jobs where lane_ms is not null
       and (evaluator, project) > (lanes.evaluator, case when lanes.evaluator = any($1::text[]) then lanes.project else ${LARGEST_PROJECT} end)
     order by evaluator, project limit 1) as next)
 select evaluator, project from lanes where evaluator = any($1::text[]) limit ${LANES_LOOKED_AT}`;

const HEADS = `select head.id, head.evaluator, head.project, head.lane_ms as "orderMs"
 from unnest($1::text[], $2::int[]) as lane (evaluator, project) cross join lateral (
   select id, jobs.evaluator, jobs.project, lane_ms from jobs
   where lane_ms is not null and jobs.evaluator = lane.evaluator and jobs.project = lane.project
   order by lane_ms, id limit $3 for update skip locked) as head`;

export class ClaimJobs {
  readonly #pool: Pool;
  readonly #interned: Interned;
  /** The last lane that was looked at, where there were more. */
  #lastLane: Lane | undefined;

  constructor(pool: Pool, interned: Interned) {
    this.#pool = pool;
    this.#interned = interned;
  }

  async claim(request: ClaimRequest): Promise<Claimed> {
    const { projectId, held = [], nowMs } = request;
    const own = projectId === undefined ? undefined : await this.#interned.project(projectId, nowMs);
    const byLane = await this.#heldByLane(held, nowMs);
    return inTransaction(this.#pool, (session) => this.#claim(session, request, own, byLane));
  }

  async #claim(
    session: Session,
    { evaluators, limit, nowMs, leaseUntilMs, free }: ClaimRequest,
    own: number | undefined,
    held: ReadonlyMap<string, number>,
  ): Promise<Claimed> {
    const asked = new Set(evaluators);
    const mostDue = limit + LOOKED_AT;
    const due = await session.rows<WaitingRow>(
      `select id, evaluator, project, due_at_ms - priority::bigint * ${PRIORITY_MS} as "orderMs" from jobs
       where due_at_ms <= $1 order by due_at_ms, id limit $2 for update skip locked`,
      [nowMs, mostDue],
    );
    const { lanes, isAll } =
      own === undefined
        ? await this.#lanes(session, evaluators)
        : { lanes: evaluators.map((evaluator) => ({ evaluator, project: own })), isAll: true };
    const paused = await pausedLanes(session);
    const isAsked = (lane: Lane): boolean =>
      asked.has(lane.evaluator) && (own === undefined || own === lane.project) && !paused.has(laneOf(lane));
    const waiting = [...due.filter(isAsked), ...(await inLanes(session, lanes.filter(isAsked), limit))];
    const chosen = chooseFairly(waiting, { limit, free, held });
    const isCut = due.length === mostDue;
    if (isCut) {
      const taken = new Set(chosen.map(({ id }) => id));
      const left = due.filter(({ id }) => !taken.has(id));
      await session.rows(
        `update jobs set state = 'pending', due_at_ms = null, lane_ms = aside.lane_ms, deferred_by = null, reason = null
         from unnest($1::bigint[], $2::bigint[]) as aside (id, lane_ms) where jobs.id = aside.id`,
        [left.map(({ id }) => id), left.map(({ orderMs }) => orderMs)],
      );
    }
    return { jobs: await lease(session, chosen, leaseUntilMs), more: isCut || !isAll };
  }

  async #lanes(session: Session, evaluators: string[]): Promise<{ lanes: Lane[]; isAll: boolean }> {
    const start = this.#lastLane;
    const from = start ?? { evaluator: '', project: 0 };
    const lanes = await session.rows<Lane & Record<string, unknown>>(LANES, [evaluators, from.evaluator, from.project]);
    this.#lastLane = lanes.length === LANES_LOOKED_AT ? lanes.at(-1) : undefined;
    return { lanes, isAll: start === undefined && this.#lastLane === undefined };
  }

  async #heldByLane(held: readonly HeldInLane[], nowMs: number): Promise<Map<string, number>> {
    const byLane = new Map<string, number>();
    for (const { evaluator, projectId, count } of held)
      byLane.set(laneOf({ evaluator, project: await this.#interned.project(projectId, nowMs) }), count);
    return byLane;
  }
}

async function inLanes(session: Session, lanes: Lane[], limit: number): Promise<Waiting[]> {
  if (lanes.length === 0) return [];
  const read = (some: Lane[], most: number): Promise<WaitingRow[]> =>
    session.rows<WaitingRow>(HEADS, [some.map(({ evaluator }) => evaluator), some.map(({ project }) => project), most]);
  const share = Math.ceil(limit / lanes.length);
  const heads = await read(lanes, share);
  const missing = limit - heads.length;
  if (missing <= 0 || lanes.length === 1) return heads;
  // What the short lanes leave of their shares, the long ones may have.
  const long = [...Map.groupBy(heads, laneOf).values()].filter(({ length }) => length === share).map(([head]) => head!);
  if (long.length === 0) return heads;
  const isLong = new Set(long.map(laneOf));
  return [...heads.filter((head) => !isLong.has(laneOf(head))), ...(await read(long, share + missing))];
}

/** In their order. */
async function lease(session: Session, chosen: readonly Waiting[], leaseUntilMs: number): Promise<ClaimedJob[]> {
  if (chosen.length === 0) return [];
  const rows = await session.rows<ClaimedJob & Record<string, unknown>>(
    `update jobs set state = 'leased', attempt = attempt + 1, token = token + 1, due_at_ms = $2, lane_ms = null, deferred_by = null,
       reason = null
     where id = any($1::bigint[])
     returning id, evaluator, version, paid_by as "paidBy", attempt, token, (select id from projects where seq = jobs.project) as "projectId",
       coalesce((select id::text from logs where seq = jobs.log), '') as "logId"`,
    [chosen.map(({ id }) => id), leaseUntilMs],
  );
  const byId = new Map(rows.map((job) => [job.id, job]));
  return chosen.flatMap(({ id }) => byId.get(id) ?? []);
}
