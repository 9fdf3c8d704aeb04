/** Runs, read. SQLite's read-runs.ts has the same operations. */
import type { Run, RunOutput, RunProgress, RunResult } from '../../model/run.ts';
import type { CellOfLog, NumberedRun, PositionRange, RunPage } from '../evaluation-runs.ts';
import { progressOf, type ProgressRows, resultOf, type ResultRow, runOf, type RunRow } from '../run-rows.ts';
import type { Session } from './connection.ts';

const RUN = `select r.seq, r.id, p.id as "projectId", r.spec, r.state, r.reason, r.outputs, r.posted,
    r.created_at_ms as "createdAtMs", r.started_at_ms as "startedAtMs", r.ended_at_ms as "endedAtMs"
  from runs r join projects p on p.seq = r.project`;
const OUTPUT = `select position, repetition, datapoint as "datapointId", log as "logId", failure,
    encode(request_hash, 'hex') as "requestHash", cost_usd as "costUsd", duration_ms as "durationMs", at_ms as "atMs"
  from run_outputs`;
const OF_RUN = 'run = (select seq from runs where id = $1)';

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

    runsOfLog: (projectId: string, logId: string): Promise<CellOfLog[]> =>
      session.rows<CellOfLog & Record<string, unknown>>(
        `select r.id as "runId", o.position, o.repetition, o.datapoint as "datapointId"
         from run_outputs o join runs r on r.seq = o.run
         where o.log = $1 and r.project = (select seq from projects where id = $2) order by r.seq desc`,
        [logId, projectId],
      ),

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
