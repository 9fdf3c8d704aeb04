/**
 * Claims jobs under a lease, lane by lane in turn (store/fair-claim.ts). As long as few are due, they are found by the time at which
 * they became due. Once more are due than a claim looks at, those that it leaves are set aside: they are from then on found by
 * their lane, so that nobody reads through them again. Jobs of a paused evaluator are left (../pauses.ts). What comes of leases afterwards is left to write-jobs.ts.
 */
import type { Statement } from 'better-sqlite3';
import type { ClaimedJob } from '../../model/job.ts';
import {
  chooseFairly,
  type Claimed,
  type ClaimRequest,
  LANES_LOOKED_AT,
  laneOf,
  LOOKED_AT,
  PRIORITY_MS,
  type Waiting,
} from '../fair-claim.ts';
import { pausedLanes } from './breakers.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { uuidOfBytes } from './uuid.ts';

type Lane = Pick<Waiting, 'evaluator' | 'project'>;

interface LeasedRow {
  id: number;
  project: Buffer;
  log: Buffer | null;
  evaluator: string;
  version: string | null;
  paidBy: string | null;
  attempt: number;
  token: number;
}

export class ClaimJobs {
  readonly #projects: Projects;
  readonly #paused: () => ReadonlySet<string>;
  readonly #due: Statement;
  readonly #nextOfEvaluator: Statement;
  readonly #nextEvaluator: Statement;
  readonly #heads: Statement;
  readonly #lease: Statement;
  readonly #setAside: Statement;
  /** The last lane that was looked at, where there were more. */
  #lastLane: Lane | undefined;

  constructor(connection: Connection, projects: Projects) {
    this.#projects = projects;
    this.#paused = pausedLanes(connection);
    this.#due = connection.prepare(
      `select id, evaluator, project, due_at_ms - priority * ${PRIORITY_MS} as orderMs from jobs
       where due_at_ms <= ? order by due_at_ms, id limit ?`,
    );
    // Two statements: through a comparison of both columns at once SQLite would read all of the evaluator's jobs.
    const nextLane = (where: string): Statement =>
      connection.prepare(
        `select evaluator, project from jobs where lane_ms is not null and ${where} order by evaluator, project limit 1`,
      );
    this.#nextOfEvaluator = nextLane('evaluator = ? and project > ?');
    this.#nextEvaluator = nextLane('evaluator > ?');
    this.#heads = connection.prepare(
      `select id, evaluator, project, lane_ms as orderMs from jobs
       where lane_ms is not null and evaluator = ? and project = ? order by lane_ms, id limit ?`,
    );
    this.#lease = connection.prepare(
      `update jobs set state = 'leased', attempt = attempt + 1, token = token + 1, due_at_ms = ?, lane_ms = null, deferred_by = null,
         reason = null
       where id in (select value from json_each(?))
       returning id, evaluator, version, paid_by as paidBy, attempt, token,
         (select id from projects where seq = jobs.project) as project, (select id from logs where seq = jobs.log) as log`,
    );
    this.#setAside = connection.prepare(
      `update jobs set state = 'pending', due_at_ms = null, lane_ms = ?, deferred_by = null, reason = null where id = ?`,
    );
  }

  /** Must be called inside a transaction. */
  claim({ evaluators, projectId, limit, nowMs, leaseUntilMs, free, held: heldJobs = [] }: ClaimRequest): Claimed {
    const own = projectId === undefined ? undefined : this.#projects.seqOf(projectId, nowMs);
    const asked = new Set(evaluators);
    const held = new Map(
      heldJobs.map(({ evaluator, projectId, count }) => [
        laneOf({ evaluator, project: this.#projects.seqOf(projectId, nowMs) }),
        count,
      ]),
    );
    const mostDue = limit + LOOKED_AT;
    const due = this.#due.all(nowMs, mostDue) as Waiting[];
    const paused = this.#paused();
    const { lanes, isAll } =
      own === undefined
        ? this.#lanes(asked)
        : { lanes: evaluators.map((evaluator) => ({ evaluator, project: own })), isAll: true };
    const isAsked = (lane: Lane): boolean =>
      asked.has(lane.evaluator) && (own === undefined || own === lane.project) && !paused.has(laneOf(lane));
    const waiting = [...due.filter(isAsked), ...this.#inLanes(lanes.filter(isAsked), limit)];
    const chosen = chooseFairly(waiting, { limit, free, held });
    const isCut = due.length === mostDue;
    if (isCut) {
      const taken = new Set(chosen.map(({ id }) => id));
      for (const { id, orderMs } of due) if (!taken.has(id)) this.#setAside.run(orderMs, id);
    }
    return { jobs: this.#leased(chosen, leaseUntilMs), more: isCut || !isAll };
  }

  /** In their order. */
  #leased(chosen: Waiting[], untilMs: number): ClaimedJob[] {
    if (chosen.length === 0) return [];
    const place = new Map(chosen.map(({ id }, index) => [id, index]));
    const jobs: ClaimedJob[] = [];
    for (const row of this.#lease.all(untilMs, JSON.stringify([...place.keys()])) as LeasedRow[]) {
      const { project, log, ...job } = row;
      // A job whose log is gone keeps an id that no log has; who claims it buries it.
      jobs[place.get(job.id)!] = {
        ...job,
        projectId: uuidOfBytes(project),
        logId: log === null ? '' : uuidOfBytes(log),
      };
    }
    return jobs;
  }

  /** From lane to lane through the index; those of an evaluator that nobody asks for are skipped together. */
  #lanes(asked: ReadonlySet<string>): { lanes: Lane[]; isAll: boolean } {
    const lanes: Lane[] = [];
    const start = this.#lastLane;
    let at: Lane = start ?? { evaluator: '', project: 0 };
    while (lanes.length < LANES_LOOKED_AT) {
      const next = asked.has(at.evaluator) ? this.#nextOfEvaluator.get(at.evaluator, at.project) : undefined;
      const lane = (next ?? this.#nextEvaluator.get(at.evaluator)) as Lane | undefined;
      if (lane === undefined) break;
      if (asked.has(lane.evaluator)) lanes.push(lane);
      at = lane;
    }
    this.#lastLane = lanes.length === LANES_LOOKED_AT ? lanes.at(-1) : undefined;
    return { lanes, isAll: start === undefined && this.#lastLane === undefined };
  }

  #inLanes(lanes: Lane[], limit: number): Waiting[] {
    const read = ({ evaluator, project }: Lane, most: number): Waiting[] =>
      this.#heads.all(evaluator, project, most) as Waiting[];
    const share = Math.ceil(limit / Math.max(1, lanes.length));
    const heads = lanes.map((lane) => read(lane, share));
    const missing = limit - heads.reduce((sum, { length }) => sum + length, 0);
    // What the short lanes leave of their shares, the long ones may have.
    return heads.flatMap((head, of) =>
      missing > 0 && head.length === share ? read(lanes[of]!, share + missing) : head,
    );
  }
}
