/** Runs, written on the writer's connection. */
import type { Run, RunEvaluator, RunOutput, RunResult, RunState } from '../../model/run.ts';
import { extendedSpec } from '../run-rows.ts';
import { scoreColumns } from '../score-columns.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid } from './uuid.ts';

export function runWrites(connection: Connection, projects: Projects) {
  const insert = connection.prepare(
    `insert into runs (id, project, spec, state, reason, outputs, posted, created_at_ms, started_at_ms, ended_at_ms)
     values (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
  );
  const remove = connection.prepare(
    'delete from runs where id = ? and project = (select seq from projects where id = ?)',
  );
  const take = connection.prepare(
    `update runs set holder = @holder, held_until_ms = @untilMs, started_at_ms = coalesce(started_at_ms, @nowMs),
       state = case state when 'pending' then 'running' else state end
     where id = @id and ended_at_ms is null and (holder is null or holder = @holder or held_until_ms < @nowMs)`,
  );
  const settle = connection.prepare(
    `update runs set state = @state, reason = @reason, ended_at_ms = @endedAtMs,
       holder = case when @endedAtMs is null then holder end
     where id = @id and ended_at_ms is null and (@posted is null or posted = @posted)`,
  );
  const extendable = connection.prepare(
    `select seq, spec from runs where id = ? and project = (select seq from projects where id = ?)
       and state not in ('cancelled', 'failed')`,
  );
  const extend = connection.prepare(
    `update runs set spec = ?, posted = posted + 1, ended_at_ms = null, reason = null,
       state = case state when 'completed' then 'pending' else state end where seq = ?`,
  );
  const expect = connection.prepare('update runs set outputs = ? where id = ?');
  const seq = connection.prepare('select seq from runs where id = ?').pluck();
  const note = connection.prepare('update runs set posted = posted + 1 where seq = ?');
  const putOutput = connection.prepare(
    `insert into run_outputs (run, position, repetition, datapoint, log, failure, request_hash, cost_usd, duration_ms, at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict do update set log = excluded.log, failure = excluded.failure, request_hash = excluded.request_hash,
       cost_usd = excluded.cost_usd, duration_ms = excluded.duration_ms, at_ms = excluded.at_ms where run_outputs.log is null`,
  );
  const dropResults = connection.prepare(
    'delete from run_results where run = ? and position = ? and repetition = ? and evaluator = ?',
  );
  const putResult = connection.prepare(
    `insert into run_results (run, position, repetition, evaluator, name, version, outcome, kind, number, category, reason,
       code, duration_ms, cost_usd, at_ms) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict do nothing`,
  );
  const orphans = ['run_outputs', 'run_results'].map((table) =>
    connection.prepare(
      `delete from ${table} where (run, position, repetition) in (
         select run, position, repetition from ${table} where run not in (select seq from runs) limit ?)`,
    ),
  );
  return {
    createRun(run: Run): void {
      const { id, spec, state, reason, outputs, createdAtMs, startedAtMs, endedAtMs } = run;
      const project = projects.seqOf(run.projectId, createdAtMs);
      insert.run(
        bytesOfUuid(id),
        project,
        JSON.stringify(spec),
        state,
        reason,
        outputs,
        createdAtMs,
        startedAtMs,
        endedAtMs,
      );
    },

    removeRun: (projectId: string, id: string): boolean =>
      remove.run(bytesOfUuid(id), bytesOfUuid(projectId)).changes > 0,

    /** Removes some of what belongs to runs that are no more; answers how much. */
    sweepRuns: (limit: number): number => orphans.reduce((sum, sweep) => sum + sweep.run(limit).changes, 0),

    takeRun: (id: string, lease: { holder: string; nowMs: number; untilMs: number }): boolean =>
      take.run({ ...lease, id: bytesOfUuid(id) }).changes > 0,

    settleRun(
      id: string,
      state: RunState,
      reason: string | null,
      nowMs: number,
      posted: number | null = null,
    ): boolean {
      const isOver = state === 'completed' || state === 'cancelled' || state === 'failed';
      return settle.run({ id: bytesOfUuid(id), state, reason, endedAtMs: isOver ? nowMs : null, posted }).changes > 0;
    },

    extendRun(projectId: string, id: string, evaluators: readonly RunEvaluator[]): boolean {
      const run = extendable.get(bytesOfUuid(id), bytesOfUuid(projectId)) as { seq: number; spec: string } | undefined;
      const spec = run && extendedSpec(run.spec, evaluators);
      return spec !== undefined && extend.run(spec, run!.seq).changes > 0;
    },

    expectOutputs(id: string, outputs: number): void {
      expect.run(outputs, bytesOfUuid(id));
    },

    putRunOutputs(id: string, outputs: readonly RunOutput[], posted: boolean): void {
      const run = seq.get(bytesOfUuid(id)) as number | undefined;
      if (run === undefined) return;
      for (const one of outputs)
        putOutput.run(
          run,
          one.position,
          one.repetition,
          bytesOfUuid(one.datapointId),
          one.logId && bytesOfUuid(one.logId),
          one.failure,
          one.requestHash && Buffer.from(one.requestHash, 'hex'),
          one.costUsd,
          one.durationMs,
          one.atMs,
        );
      if (posted) note.run(run);
    },

    putRunResults(id: string, results: readonly RunResult[], posted: boolean): void {
      const run = seq.get(bytesOfUuid(id)) as number | undefined;
      if (run === undefined) return;
      const replaced = new Set<string>();
      for (const one of results) {
        const key = `${one.position} ${one.repetition} ${one.evaluator}`;
        if (!replaced.has(key)) dropResults.run(run, one.position, one.repetition, one.evaluator);
        replaced.add(key);
        const value = one.value === null ? { kind: null, number: null, category: null } : scoreColumns(one.value);
        putResult.run(
          run,
          one.position,
          one.repetition,
          one.evaluator,
          one.name,
          one.version,
          one.outcome,
          value.kind,
          value.number,
          value.category,
          one.reason,
          one.code,
          one.durationMs,
          one.costUsd,
          one.atMs,
        );
      }
      if (posted) note.run(run);
    },
  };
}
