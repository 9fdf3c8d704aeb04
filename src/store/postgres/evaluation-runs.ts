/** Runs. SQLite's evaluation-runs.ts has the same operations. */
import type { Pool } from 'pg';
import type { Run, RunOutput, RunProgress, RunResult, RunState } from '../../model/run.ts';
import type { NumberedRun, PositionRange, RunPage } from '../evaluation-runs.ts';
import { progressOf, type ProgressRows, resultOf, type ResultRow, runOf, type RunRow } from '../run-rows.ts';
import { scoreColumns } from '../score-columns.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

const RUN = `select r.seq, r.id, p.id as "projectId", r.spec, r.state, r.reason, r.outputs, r.posted,
    r.created_at_ms as "createdAtMs", r.started_at_ms as "startedAtMs", r.ended_at_ms as "endedAtMs"
  from runs r join projects p on p.seq = r.project`;
const OUTPUT = `select position, repetition, datapoint as "datapointId", log as "logId", failure,
    encode(request_hash, 'hex') as "requestHash", cost_usd as "costUsd", duration_ms as "durationMs", at_ms as "atMs"
  from run_outputs`;
const OF_RUN = 'run = (select seq from runs where id = $1)';

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

export function runReads(session: Session) {
  const runs = async (where: string, values: unknown[]): Promise<RunRow[]> =>
    session.rows<RunRow & Record<string, unknown>>(`${RUN} where ${where}`, values);
  const outputs = (where: string, values: unknown[]): Promise<RunOutput[]> =>
    session.rows<RunOutput & Record<string, unknown>>(`${OUTPUT} where ${OF_RUN} and ${where}`, values);
  return {
    listRuns: async (projectId: string, { after, limit }: RunPage): Promise<NumberedRun[]> =>
      (
        await runs('p.id = $1 and r.seq < $2 order by r.seq desc limit $3', [projectId, after ?? 2 ** 31 - 1, limit])
      ).map((row) => ({ ...runOf(row), seq: row.seq })),

    findRun: async (projectId: string, id: string): Promise<Run | undefined> =>
      (await runs('p.id = $1 and r.id = $2', [projectId, id])).map(runOf)[0],

    openRuns: async (holder: string, nowMs: number): Promise<(Run & { posted: number })[]> =>
      (
        await runs(
          'r.ended_at_ms is null and (r.holder is null or r.holder = $1 or r.held_until_ms < $2) order by r.created_at_ms',
          [holder, nowMs],
        )
      ).map((row) => ({ ...runOf(row), posted: row.posted })),

    runOutputs: (id: string, { from, to }: PositionRange): Promise<RunOutput[]> =>
      outputs('position between $2 and $3 order by position, repetition', [id, from, to]),

    runOutput: async (id: string, datapointId: string, repetition: number): Promise<RunOutput | undefined> =>
      (await outputs('datapoint = $2 and repetition = $3', [id, datapointId, repetition]))[0],

    runResults: async (id: string, { from, to }: PositionRange): Promise<RunResult[]> =>
      (
        await session.rows<ResultRow & Record<string, unknown>>(
          `select position, repetition, evaluator, name, version, outcome, kind, number, category, reason, code,
             duration_ms as "durationMs", cost_usd as "costUsd", at_ms as "atMs"
           from run_results where ${OF_RUN} and position between $2 and $3
           order by position, repetition, evaluator collate "C", name collate "C"`,
          [id, from, to],
        )
      ).map(resultOf),

    async runProgress(id: string): Promise<RunProgress> {
      const [[run], [sums], outcomes] = await Promise.all([
        session.rows<{ outputs: number }>('select outputs from runs where id = $1', [id]),
        session.rows<ProgressRows['sums'] & Record<string, unknown>>(
          `select count(log) as there, count(failure) as failed, sum(cost_usd) as cost,
             (select sum(cost_usd) from run_results where ${OF_RUN}) as "resultsCost"
           from run_outputs where ${OF_RUN}`,
          [id],
        ),
        session.rows<ProgressRows['outcomes'][number] & Record<string, unknown>>(
          `select evaluator, outcome, count(distinct (position, repetition)) as count
           from run_results where ${OF_RUN} group by evaluator, outcome order by evaluator collate "C"`,
          [id],
        ),
      ]);
      return progressOf({ outputs: run?.outputs ?? 0, sums: sums!, outcomes });
    },

    async cachedOutputs(
      projectId: string,
      hashes: readonly string[],
    ): Promise<Record<string, { logId: string; costUsd: number | null }>> {
      const rows = await session.rows<{ hash: string; logId: string; costUsd: number | null }>(
        `select encode(o.request_hash, 'hex') as hash, o.log as "logId", o.cost_usd as "costUsd"
         from run_outputs o join runs r on r.seq = o.run
         where o.request_hash = any($1::bytea[]) and o.log is not null
           and r.project = (select seq from projects where id = $2) and exists (select 1 from log_ids where id = o.log)
         order by o.at_ms`,
        [hashes.map((hash) => Buffer.from(hash, 'hex')), projectId],
      );
      return Object.fromEntries(rows.map(({ hash, ...found }) => [hash, found]));
    },
  };
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

    settleRun(id: string, state: RunState, reason: string | null, nowMs: number): Promise<boolean> {
      const isOver = state === 'completed' || state === 'cancelled' || state === 'failed';
      return changed(
        `update runs set state = $2, reason = $3, ended_at_ms = $4,
           holder = case when $4::bigint is null then holder end
         where id = $1 and ended_at_ms is null`,
        [id, state, reason, isOver ? nowMs : null],
      );
    },

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
