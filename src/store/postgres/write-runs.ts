/** Runs, written. SQLite's write-runs.ts has the same operations. */
import type { Pool } from 'pg';
import type { Run, RunEvaluator, RunOutput, RunResult, RunState } from '../../model/run.ts';
import { extendedSpec } from '../run-rows.ts';
import { scoreColumns } from '../score-columns.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

const OUTPUT_COLUMNS = {
  position: 'int',
  repetition: 'int',
  datapoint: 'uuid',
  log: 'uuid',
  failure: 'text',
  request_hash: 'bytea',
  cost_usd: 'float8',
  duration_ms: 'float8',
  at_ms: 'bigint',
};
const RESULT_COLUMNS = {
  position: 'int',
  repetition: 'int',
  evaluator: 'text',
  name: 'text',
  version: 'text',
  outcome: 'text',
  kind: 'text',
  number: 'float8',
  category: 'text',
  reason: 'text',
  code: 'text',
  duration_ms: 'float8',
  cost_usd: 'float8',
  at_ms: 'bigint',
};

/** Rows of many columns, each given as one parameter. */
function insertion(table: string, columns: Readonly<Record<string, string>>): string {
  const names = Object.keys(columns).join(', ');
  const given = Object.values(columns).map((type, index) => `$${index + 2}::${type}[]`);
  return `insert into ${table} (run, ${names}) select $1, * from unnest(${given.join(', ')})`;
}

export function runWrites(pool: Pool, interned: Interned) {
  const changed = async (text: string, values: unknown[]): Promise<boolean> =>
    (await sessionOf(pool).rows(`${text} returning 1`, values)).length > 0;
  /** Runs `work` while the run stays there. */
  const onRun = (id: string, posted: boolean, work: (session: Session, run: number) => Promise<void>): Promise<void> =>
    inTransaction(pool, async (own) => {
      const [row] = await own.rows<{ seq: number }>('select seq from runs where id = $1 for share', [id]);
      if (row === undefined) return;
      await work(own, row.seq);
      if (posted) await own.rows('update runs set posted = posted + 1 where seq = $1', [row.seq]);
    });

  return {
    async createRun(run: Run): Promise<void> {
      const project = await interned.project(run.projectId, run.createdAtMs);
      const { id, spec, state, reason, outputs, createdAtMs, startedAtMs, endedAtMs } = run;
      await sessionOf(pool).rows(
        `insert into runs (id, project, spec, state, reason, outputs, posted, created_at_ms, started_at_ms, ended_at_ms)
         values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9)`,
        [id, project, JSON.stringify(spec), state, reason, outputs, createdAtMs, startedAtMs, endedAtMs],
      );
    },

    removeRun: (projectId: string, id: string): Promise<boolean> =>
      changed('delete from runs where id = $1 and project = (select seq from projects where id = $2)', [id, projectId]),

    async sweepRuns(limit: number): Promise<number> {
      let count = 0;
      for (const table of ['run_outputs', 'run_results'])
        count += (
          await sessionOf(pool).rows(
            `delete from ${table} where (run, position, repetition) in (
               select run, position, repetition from ${table} t
               where not exists (select 1 from runs r where r.seq = t.run) limit $1) returning 1`,
            [limit],
          )
        ).length;
      return count;
    },

    takeRun: (
      id: string,
      { holder, nowMs, untilMs }: { holder: string; nowMs: number; untilMs: number },
    ): Promise<boolean> =>
      changed(
        `update runs set holder = $2, held_until_ms = $4, started_at_ms = coalesce(started_at_ms, $3),
           state = case state when 'pending' then 'running' else state end
         where id = $1 and ended_at_ms is null and (holder is null or holder = $2 or held_until_ms < $3)`,
        [id, holder, nowMs, untilMs],
      ),

    settleRun(
      id: string,
      state: RunState,
      reason: string | null,
      nowMs: number,
      posted: number | null = null,
    ): Promise<boolean> {
      const isOver = state === 'completed' || state === 'cancelled' || state === 'failed';
      return changed(
        `update runs set state = $2, reason = $3, ended_at_ms = $4,
           holder = case when $4::bigint is null then holder end
         where id = $1 and ended_at_ms is null and ($5::int is null or posted = $5)`,
        [id, state, reason, isOver ? nowMs : null, posted],
      );
    },

    extendRun: (projectId: string, id: string, evaluators: readonly RunEvaluator[]): Promise<boolean> =>
      inTransaction(pool, async (own) => {
        const [run] = await own.rows<{ seq: number; spec: string }>(
          `select seq, spec from runs where id = $1 and project = (select seq from projects where id = $2)
             and state not in ('cancelled', 'failed') for update`,
          [id, projectId],
        );
        const spec = run && extendedSpec(run.spec, evaluators);
        if (spec === undefined) return false;
        await own.rows(
          `update runs set spec = $2, posted = posted + 1, ended_at_ms = null, reason = null,
             state = case state when 'completed' then 'pending' else state end where seq = $1`,
          [run!.seq, spec],
        );
        return true;
      }),

    async expectOutputs(id: string, outputs: number): Promise<void> {
      await sessionOf(pool).rows('update runs set outputs = $2 where id = $1', [id, outputs]);
    },

    putRunOutputs: (id: string, outputs: readonly RunOutput[], posted: boolean): Promise<void> =>
      onRun(id, posted, async (own, run) => {
        await own.rows(
          `${insertion('run_outputs', OUTPUT_COLUMNS)}
           on conflict (run, position, repetition) do update set log = excluded.log, failure = excluded.failure,
             request_hash = excluded.request_hash, cost_usd = excluded.cost_usd, duration_ms = excluded.duration_ms,
             at_ms = excluded.at_ms where run_outputs.log is null`,
          [
            run,
            outputs.map((one) => one.position),
            outputs.map((one) => one.repetition),
            outputs.map((one) => one.datapointId),
            outputs.map((one) => one.logId),
            outputs.map((one) => one.failure),
            outputs.map((one) => one.requestHash && Buffer.from(one.requestHash, 'hex')),
            outputs.map((one) => one.costUsd),
            outputs.map((one) => one.durationMs),
            outputs.map((one) => one.atMs),
          ],
        );
      }),

    putRunResults: (id: string, results: readonly RunResult[], posted: boolean): Promise<void> =>
      onRun(id, posted, async (own, run) => {
        await own.rows(
          `delete from run_results where run = $1 and (position, repetition, evaluator) in (
             select * from unnest($2::int[], $3::int[], $4::text[]))`,
          [
            run,
            results.map((one) => one.position),
            results.map((one) => one.repetition),
            results.map((one) => one.evaluator),
          ],
        );
        const values = results.map(({ value }) =>
          value === null ? { kind: null, number: null, category: null } : scoreColumns(value),
        );
        await own.rows(`${insertion('run_results', RESULT_COLUMNS)} on conflict do nothing`, [
          run,
          results.map((one) => one.position),
          results.map((one) => one.repetition),
          results.map((one) => one.evaluator),
          results.map((one) => one.name),
          results.map((one) => one.version),
          results.map((one) => one.outcome),
          values.map(({ kind }) => kind),
          values.map(({ number }) => number),
          values.map(({ category }) => category),
          results.map((one) => one.reason),
          results.map((one) => one.code),
          results.map((one) => one.durationMs),
          results.map((one) => one.costUsd),
          results.map((one) => one.atMs),
        ]);
      }),
  };
}
