/**
 * Jobs once they are claimed (claim-jobs.ts), as SQLite's write-jobs.ts describes them.
 */
import type { Pool } from 'pg';
import type { ClaimedJob } from '../../model/job.ts';
import { evaluationOf, notScoredReason } from '../effects.ts';
import { chargeOf } from '../budgets.ts';
import type { JobEffect } from '../store.ts';
import { countStreaks } from './breakers.ts';
import { type Charge, charge } from './budgets.ts';
import type { Session } from './connection.ts';
import type { Interned } from './interned.ts';
import { lockLogs } from './locks.ts';
import { inTransaction } from './transaction.ts';
import { WriteChanges } from './write-changes.ts';
import type { WriteEvaluations } from './write-evaluations.ts';

interface Held {
  project: number;
  log: number;
  rule: string | null;
  reservedUsd: number | null;
}

const HELD = `from unnest($2::bigint[], $3::int[]) as held (id, token)
  where jobs.id = held.id and jobs.token = held.token and jobs.state = 'leased'`;

/** An effect of a job that is still held. */
interface Ours extends Held {
  effect: JobEffect;
}

export class WriteJobs {
  readonly #pool: Pool;
  readonly #interned: Interned;
  readonly #evaluations: WriteEvaluations;

  constructor(pool: Pool, parts: { interned: Interned; evaluations: WriteEvaluations }) {
    this.#pool = pool;
    this.#interned = parts.interned;
    this.#evaluations = parts.evaluations;
  }

  /** All at once. */
  async complete(effects: readonly JobEffect[]): Promise<{ fenced: number }> {
    return inTransaction(this.#pool, (session) => this.#complete(session, effects));
  }

  renew(jobs: readonly ClaimedJob[], leaseUntilMs: number): Promise<number[]> {
    return this.#update(`update jobs set due_at_ms = $1 ${HELD}`, jobs, leaseUntilMs);
  }

  release(jobs: readonly ClaimedJob[], nowMs: number): Promise<number[]> {
    const set = `state = 'pending', attempt = attempt - 1, due_at_ms = $1, reserved_usd = null`;
    return this.#update(`update jobs set ${set} ${HELD}`, jobs, nowMs);
  }

  async #update(text: string, jobs: readonly ClaimedJob[], atMs: number): Promise<number[]> {
    const values = [atMs, jobs.map(({ id }) => id), jobs.map(({ token }) => token)];
    const rows = await inTransaction(this.#pool, (session) =>
      session.rows<{ id: number }>(`${text} returning jobs.id`, values),
    );
    return rows.map(({ id }) => id);
  }

  async #complete(session: Session, effects: readonly JobEffect[]): Promise<{ fenced: number }> {
    await this.#interned.hold(session);
    const rows = await session.rows<Held & { id: number; token: number }>(
      `select id, token, project, log, paid_by as rule, reserved_usd as "reservedUsd" from jobs
       where id = any($1::bigint[]) and state = 'leased' order by id for update`,
      [effects.map(({ job }) => job.id)],
    );
    const held = new Map(rows.map((row) => [`${row.id} ${row.token}`, row]));
    const changes = new WriteChanges();
    let fenced = 0;
    const ours: Ours[] = [];
    for (const effect of effects) {
      const key = `${effect.job.id} ${effect.job.token}`;
      const row = held.get(key);
      held.delete(key);
      if (row === undefined) fenced += 1;
      else ours.push({ ...row, effect });
    }
    await lockLogs(
      session,
      ours.map(({ log }) => log),
    );
    const kept = await countStreaks(session, ours);
    for (const [index, one] of ours.entries()) await this.#apply(session, one, kept[index]!, changes);
    await changes.write(session);
    await charge(session, ours.flatMap(chargesOf));
    return { fenced };
  }

  async #apply(
    session: Session,
    { effect, project, log }: Ours,
    isKept: boolean,
    changes: WriteChanges,
  ): Promise<void> {
    const { job, deferredBy } = effect;
    if (deferredBy !== undefined) {
      await session.rows(
        `update jobs set state = 'pending', attempt = attempt - 1, due_at_ms = $1, reserved_usd = null, deferred_by = $2, reason = $3
         where id = $4`,
        [effect.retryAtMs, deferredBy, notScoredReason(effect.outcome), job.id],
      );
      return;
    }
    await this.#evaluations.write(session, { project, log }, evaluationOf(effect), changes);
    const again = (less: number, dueAtMs: number): Promise<unknown> =>
      session.rows(
        `update jobs set state = 'pending', attempt = attempt - $1, due_at_ms = $2, reserved_usd = null where id = $3`,
        [less, dueAtMs, job.id],
      );
    if (isKept) await again(1, effect.atMs);
    else if (effect.dead)
      await session.rows(
        `update jobs set state = 'dead', due_at_ms = null, reserved_usd = null, reason = $1 where id = $2`,
        [notScoredReason(effect.outcome) ?? 'dead', job.id],
      );
    else if (effect.retryAtMs !== undefined) await again(effect.countsAttempt === false ? 1 : 0, effect.retryAtMs);
    else await session.rows('delete from jobs where id = $1', [job.id]);
  }
}

function chargesOf({ effect, project, rule, reservedUsd }: Ours): Charge[] {
  if (rule === null || reservedUsd === null) return [];
  return [{ project, rule, usd: chargeOf(effect, reservedUsd), atMs: effect.atMs }];
}
