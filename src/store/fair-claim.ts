/**
 * Which of the jobs that wait are claimed: the jobs of one evaluator in one project are a lane, and lanes take turns, so that
 * none waits behind the backlog of another. Finding what waits is left to the engines' claim-jobs.ts.
 */
import type { ClaimedJob } from '../model/job.ts';

/** How many jobs of a lane the caller holds. */
export interface HeldInLane {
  evaluator: string;
  projectId: string;
  count: number;
}

export interface ClaimRequest {
  evaluators: string[];
  /** Of this project alone; of all by default. */
  projectId?: string;
  limit: number;
  nowMs: number;
  leaseUntilMs: number;
  /** What the caller holds already: a lane with fewer goes first. */
  held?: readonly HeldInLane[];
  /**
   * How many more the caller can hold. Where it is given, no lane gets more than it leaves free for others, so that there
   * is room for a lane that comes later, however long those before it take.
   */
  free?: number;
}

export interface Claimed {
  jobs: ClaimedJob[];
  /** Whether there was more that is due than was looked at. */
  more: boolean;
}

/** A job that waits, as an engine found it. */
export interface Waiting {
  id: number;
  evaluator: string;
  project: number;
  /** When it became due, less what its priority is worth. */
  orderMs: number;
}

/** Due jobs that one claim looks at beyond those that it may take: what is left of them is set aside in lanes. */
export const LOOKED_AT = 128;
/** Lanes that one claim looks at; the next one goes on behind them. */
export const LANES_LOOKED_AT = 256;
/** What one point of priority is worth: a job goes before those of its lane that are not older by more. */
export const PRIORITY_MS = 60_000;

export function laneOf({ evaluator, project }: Pick<Waiting, 'evaluator' | 'project'>): string {
  return `${project} ${evaluator}`;
}

/** `held`: by lane. In the order in which they are to be run. */
export function chooseFairly<Of extends Waiting>(
  waiting: readonly Of[],
  { limit, free = Infinity, held }: { limit: number; free?: number | undefined; held: ReadonlyMap<string, number> },
): Of[] {
  if (waiting.length <= limit && free === Infinity) return waiting.toSorted(byAge);
  const inTurn = [...Map.groupBy(waiting, laneOf)]
    .flatMap(([lane, jobs]) => {
      const before = held.get(lane) ?? 0;
      return jobs.toSorted(byAge).map((job, index) => ({ job, turn: before + index }));
    })
    .toSorted((one, other) => one.turn - other.turn || byAge(one.job, other.job));
  const chosen: Of[] = [];
  for (const { job, turn } of inTurn) {
    // Those behind it have a later turn, and would leave no more.
    if (chosen.length >= limit || turn >= free - chosen.length) break;
    chosen.push(job);
  }
  return chosen.toSorted(byAge);
}

function byAge(one: Waiting, other: Waiting): number {
  return one.orderMs - other.orderMs || one.id - other.id;
}
