/** Failures in a row and pauses as rows. How they come about: ../pauses.ts. */
import type { Pause } from '../../model/pause.ts';
import { laneOf } from '../fair-claim.ts';
import { afterEffect, type BreakerRow, breakerRowOf, NO_STREAK, type Streak, streakOf } from '../pauses.ts';
import type { JobEffect } from '../store.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid } from './uuid.ts';

const COLUMNS = 'b.failures, b.paused_at_ms as pausedAtMs, b.cause, b.reason';
const PUT = `insert into breakers (project, evaluator, failures, paused_at_ms, cause, reason)
  values (@project, @evaluator, @failures, @pausedAtMs, @cause, @reason)
  on conflict do update set failures = @failures, paused_at_ms = @pausedAtMs, cause = @cause, reason = @reason`;

/** Those that are paused, for whoever claims. */
export function pausedLanes(connection: Connection): () => ReadonlySet<string> {
  const paused = connection.prepare<[], { evaluator: string; project: number }>(
    'select evaluator, project from breakers where paused_at_ms is not null',
  );
  return () => new Set(paused.all().map(laneOf));
}

/** Of one transaction: `count` each effect in its order, then `write`. */
export interface Streaks {
  /** Whether its job is kept for when the evaluator is resumed. */
  count(project: number, effect: JobEffect): boolean;
  write(): void;
}

export function streakCounter(connection: Connection): () => Streaks {
  const find = findBreaker(connection);
  const put = connection.prepare(PUT);
  const forget = connection.prepare('delete from breakers where project = ? and evaluator = ?');
  return () => {
    const lanes = new Map<string, { project: number; evaluator: string; before: Streak; now: Streak }>();
    return {
      count(project, effect) {
        const { evaluator } = effect.job;
        const key = laneOf({ evaluator, project });
        let lane = lanes.get(key);
        if (lane === undefined) {
          const before = find(project, evaluator);
          lane = { project, evaluator, before, now: before };
          lanes.set(key, lane);
        }
        const { streak, isKept } = afterEffect(lane.now, effect);
        lane.now = streak;
        return isKept;
      },

      write() {
        for (const { project, evaluator, before, now } of lanes.values()) {
          if (now.failures > 0 && now !== before) put.run({ project, evaluator, ...breakerRowOf(now) });
          else if (now.failures === 0 && before.failures > 0) forget.run(project, evaluator);
        }
      },
    };
  };
}

export function pauseReads(connection: Connection) {
  const list = connection.prepare<[Buffer], BreakerRow & { evaluator: string }>(
    `select b.evaluator, ${COLUMNS} from breakers b
     where b.project = (select seq from projects where id = ?) and b.paused_at_ms is not null order by b.evaluator`,
  );
  return {
    listPauses: (projectId: string): Pause[] =>
      list.all(bytesOfUuid(projectId)).map(({ evaluator, ...row }) => ({
        projectId,
        evaluator,
        ...streakOf(row).pause!,
      })),
  };
}

export function pauseWrites(connection: Connection, projects: Projects) {
  const find = findBreaker(connection);
  const put = connection.prepare(PUT);
  const resume = connection.prepare(
    `delete from breakers where project = (select seq from projects where id = ?) and evaluator = ?
       and paused_at_ms is not null`,
  );
  return {
    pauseEvaluator(pause: Pause): Pause {
      const { projectId, evaluator, ...given } = pause;
      const project = projects.seqOf(projectId, given.atMs);
      const before = find(project, evaluator);
      if (before.pause !== null) return { projectId, evaluator, ...before.pause };
      put.run({ project, evaluator, ...breakerRowOf({ ...before, pause: given }) });
      return pause;
    },

    resumeEvaluator: (projectId: string, evaluator: string): boolean =>
      resume.run(bytesOfUuid(projectId), evaluator).changes > 0,
  };
}

function findBreaker(connection: Connection): (project: number, evaluator: string) => Streak {
  const find = connection.prepare<[number, string], BreakerRow>(
    `select ${COLUMNS} from breakers b where project = ? and evaluator = ?`,
  );
  return (project, evaluator) => {
    const row = find.get(project, evaluator);
    return row === undefined ? NO_STREAK : streakOf(row);
  };
}
