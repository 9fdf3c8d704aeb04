/** Failures in a row and pauses as rows, as breakers.ts of SQLite has them. */
import type { Pool } from 'pg';
import type { Pause } from '../../model/pause.ts';
import { laneOf } from '../fair-claim.ts';
import { afterEffect, type BreakerRow, breakerRowOf, NO_STREAK, type Streak, streakOf } from '../pauses.ts';
import type { JobEffect } from '../store.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

interface Lane extends Record<string, unknown> {
  project: number;
  evaluator: string;
}
type Row = BreakerRow & Lane;

const COLUMNS = 'b.project, b.evaluator, b.failures, b.paused_at_ms as "pausedAtMs", b.cause, b.reason';
const SET = 'failures = $3, paused_at_ms = $4, cause = $5, reason = $6';

/** Those that are paused, for whoever claims. */
export async function pausedLanes(session: Session): Promise<ReadonlySet<string>> {
  const rows = await session.rows<Lane>('select evaluator, project from breakers where paused_at_ms is not null');
  return new Set(rows.map(laneOf));
}

/** Counts the effects of a transaction in their order. Whether the job of each is kept for when its evaluator is resumed. */
export async function countStreaks(
  session: Session,
  effects: readonly { effect: JobEffect; project: number }[],
): Promise<boolean[]> {
  const before = await hold(session, effects);
  const now = new Map(before);
  const kept = effects.map(({ effect, project }) => {
    const key = laneOf({ project, evaluator: effect.job.evaluator });
    const { streak, isKept } = afterEffect(now.get(key)?.streak ?? NO_STREAK, effect);
    const lane = now.get(key);
    if (lane !== undefined) now.set(key, { ...lane, streak });
    return isKept;
  });
  for (const [key, { project, evaluator, streak }] of now)
    if (streak.failures === 0 && streak.pause === null)
      await session.rows('delete from breakers where project = $1 and evaluator = $2', [project, evaluator]);
    else if (streak !== before.get(key)!.streak) await write(session, { project, evaluator }, streak);
  return kept;
}

/**
 * The lanes of effects that have a row, locked until the transaction ends; those that failed have one from now on. Always in the
 * same order, so that no two wait for each other.
 */
async function hold(
  session: Session,
  effects: readonly { effect: JobEffect; project: number }[],
): Promise<Map<string, Lane & { streak: Streak }>> {
  const lanesOf = (some: typeof effects): Lane[] =>
    [
      ...new Map(
        some.map(({ effect: { job }, project }) => [laneOf({ ...job, project }), { ...job, project }]),
      ).values(),
    ]
      .map(({ project, evaluator }) => ({ project, evaluator }))
      .toSorted((one, other) => one.project - other.project || (one.evaluator < other.evaluator ? -1 : 1));
  const failing = lanesOf(effects.filter(({ effect }) => effect.outcome.outcome === 'failed'));
  for (;;) {
    if (failing.length > 0)
      await session.rows(
        `insert into breakers (project, evaluator, failures)
         select project, evaluator, 0 from unnest($1::int[], $2::text[]) as lane (project, evaluator)
         on conflict (project, evaluator) do nothing`,
        columnsOf(failing),
      );
    const rows = await session.rows<Row>(
      `select ${COLUMNS} from breakers b
       where (b.project, b.evaluator) in (select * from unnest($1::int[], $2::text[]))
       order by b.project, b.evaluator collate "C" for update`,
      columnsOf(lanesOf(effects)),
    );
    const held = new Map(
      rows.map((row) => [laneOf(row), { project: row.project, evaluator: row.evaluator, streak: streakOf(row) }]),
    );
    // Somebody may have removed a row between the two.
    if (failing.every((lane) => held.has(laneOf(lane)))) return held;
  }
}

function columnsOf(lanes: readonly Lane[]): [number[], string[]] {
  return [lanes.map(({ project }) => project), lanes.map(({ evaluator }) => evaluator)];
}

async function write(session: Session, { project, evaluator }: Lane, streak: Streak): Promise<void> {
  const { failures, pausedAtMs, cause, reason } = breakerRowOf(streak);
  await session.rows(`update breakers set ${SET} where project = $1 and evaluator = $2`, [
    project,
    evaluator,
    failures,
    pausedAtMs,
    cause,
    reason,
  ]);
}

export function pauseReads(session: Session) {
  return {
    async listPauses(projectId: string): Promise<Pause[]> {
      const rows = await session.rows<Row>(
        `select ${COLUMNS} from breakers b
         where b.project = (select seq from projects where id = $1) and b.paused_at_ms is not null
         order by b.evaluator collate "C"`,
        [projectId],
      );
      return rows.map((row) => ({ projectId, evaluator: row.evaluator, ...streakOf(row).pause! }));
    },
  };
}

export function pauseWrites(pool: Pool, interned: Interned) {
  return {
    async pauseEvaluator(pause: Pause): Promise<Pause> {
      const { projectId, evaluator, ...given } = pause;
      const project = await interned.project(projectId, given.atMs);
      return inTransaction(pool, async (session) => {
        const [row] = await session.rows<Row>(
          `insert into breakers as b (project, evaluator, failures) values ($1, $2, 0)
           on conflict (project, evaluator) do update set failures = b.failures returning ${COLUMNS}`,
          [project, evaluator],
        );
        const before = streakOf(row!);
        if (before.pause !== null) return { projectId, evaluator, ...before.pause };
        await write(session, { project, evaluator }, { ...before, pause: given });
        return pause;
      });
    },

    async resumeEvaluator(projectId: string, evaluator: string): Promise<boolean> {
      const rows = await sessionOf(pool).rows(
        `delete from breakers where project = (select seq from projects where id = $1) and evaluator = $2
           and paused_at_ms is not null returning 1`,
        [projectId, evaluator],
      );
      return rows.length > 0;
    },
  };
}
