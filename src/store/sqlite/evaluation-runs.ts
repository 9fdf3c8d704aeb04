/** Runs, read on a reader's connection and written on the writer's. */
import type { Run, RunOutput, RunProgress, RunResult, RunState } from '../../model/run.ts';
import type { NumberedRun, PositionRange, RunPage } from '../evaluation-runs.ts';
import { progressOf, type ProgressRows, resultOf, type ResultRow, runOf, type RunRow } from '../run-rows.ts';
import { scoreColumns } from '../score-columns.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const RUN = `select r.seq, r.id, p.id as projectId, r.spec, r.state, r.reason, r.outputs, r.posted,
    r.created_at_ms as createdAtMs, r.started_at_ms as startedAtMs, r.ended_at_ms as endedAtMs
  from runs r join projects p on p.seq = r.project`;
const OUTPUT = `select position, repetition, datapoint as datapointId, log as logId, failure, request_hash as requestHash,
    cost_usd as costUsd, duration_ms as durationMs, at_ms as atMs
  from run_outputs`;
const OF_RUN = 'run = (select seq from runs where id = ?)';

type Stored<Row, Ids extends keyof Row> = Omit<Row, Ids> & Record<Ids, Buffer | null>;

export function runReads(connection: Connection) {
  const list = connection.prepare(`${RUN} where p.id = ? and r.seq < ? order by r.seq desc limit ?`);
  const find = connection.prepare(`${RUN} where p.id = ? and r.id = ?`);
  const open = connection.prepare(
    `${RUN} where r.ended_at_ms is null and (r.holder is null or r.holder = ? or r.held_until_ms < ?) order by r.created_at_ms`,
  );
  const outputs = connection.prepare(
    `${OUTPUT} where ${OF_RUN} and position between ? and ? order by position, repetition`,
  );
  const output = connection.prepare(`${OUTPUT} where ${OF_RUN} and datapoint = ? and repetition = ?`);
  const results = connection.prepare(
    `select position, repetition, evaluator, name, version, outcome, kind, number, category, reason, code,
       duration_ms as durationMs, cost_usd as costUsd, at_ms as atMs
     from run_results where ${OF_RUN} and position between ? and ? order by position, repetition, evaluator, name`,
  );
  const expected = connection.prepare('select outputs from runs where id = ?').pluck();
  const sums = connection.prepare(
    `select count(log) as there, count(failure) as failed, sum(cost_usd) as cost,
       (select sum(cost_usd) from run_results where run = o.run) as resultsCost
     from run_outputs o where ${OF_RUN}`,
  );
  const outcomes = connection.prepare(
    `select evaluator, outcome, count(distinct position * 1000 + repetition) as count
     from run_results where ${OF_RUN} group by evaluator, outcome order by evaluator`,
  );
  const cached = connection.prepare(
    `select lower(hex(o.request_hash)) as hash, o.log, o.cost_usd as costUsd from run_outputs o
     where o.request_hash in (select unhex(value) from json_each(?)) and o.log is not null
       and (select project from runs where seq = o.run) = (select seq from projects where id = ?)
       and exists (select 1 from logs where id = o.log)
     order by o.at_ms`,
  );
  const row = (stored: Stored<RunRow, 'id' | 'projectId'>): RunRow => ({
    ...stored,
    id: uuidOfBytes(stored.id!),
    projectId: uuidOfBytes(stored.projectId!),
  });
  const rows = (all: unknown[]): RunRow[] => (all as Stored<RunRow, 'id' | 'projectId'>[]).map(row);
  return {
    listRuns: (projectId: string, { after, limit }: RunPage): NumberedRun[] =>
      rows(list.all(bytesOfUuid(projectId), after ?? Number.MAX_SAFE_INTEGER, limit)).map((one) => ({
        ...runOf(one),
        seq: one.seq,
      })),

    findRun: (projectId: string, id: string): Run | undefined =>
      rows(find.all(bytesOfUuid(projectId), bytesOfUuid(id))).map(runOf)[0],

    openRuns: (holder: string, nowMs: number): (Run & { posted: number })[] =>
      rows(open.all(holder, nowMs)).map((one) => ({ ...runOf(one), posted: one.posted })),

    runOutputs: (id: string, { from, to }: PositionRange): RunOutput[] =>
      (outputs.all(bytesOfUuid(id), from, to) as StoredOutput[]).map(outputOf),

    runOutput: (id: string, datapointId: string, repetition: number): RunOutput | undefined =>
      (output.all(bytesOfUuid(id), bytesOfUuid(datapointId), repetition) as StoredOutput[]).map(outputOf)[0],

    runResults: (id: string, { from, to }: PositionRange): RunResult[] =>
      (results.all(bytesOfUuid(id), from, to) as ResultRow[]).map(resultOf),

    runProgress(id: string): RunProgress {
      const run = bytesOfUuid(id);
      return progressOf({
        outputs: (expected.get(run) as number | undefined) ?? 0,
        sums: sums.get(run) as ProgressRows['sums'],
        outcomes: outcomes.all(run) as ProgressRows['outcomes'],
      });
    },

    cachedOutputs(
      projectId: string,
      hashes: readonly string[],
    ): Record<string, { logId: string; costUsd: number | null }> {
      const found = cached.all(JSON.stringify(hashes), bytesOfUuid(projectId)) as CachedRow[];
      return Object.fromEntries(found.map(({ hash, log, costUsd }) => [hash, { logId: uuidOfBytes(log), costUsd }]));
    },
  };
}

type StoredOutput = Stored<RunOutput, 'datapointId' | 'logId' | 'requestHash'>;

interface CachedRow {
  hash: string;
  log: Buffer;
  costUsd: number | null;
}

function outputOf({ datapointId, logId, requestHash, ...row }: StoredOutput): RunOutput {
  return {
    ...row,
    datapointId: uuidOfBytes(datapointId!),
    logId: logId && uuidOfBytes(logId),
    requestHash: requestHash && requestHash.toString('hex'),
  };
}

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
     where id = @id and ended_at_ms is null`,
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

    settleRun(id: string, state: RunState, reason: string | null, nowMs: number): boolean {
      const isOver = state === 'completed' || state === 'cancelled' || state === 'failed';
      return settle.run({ id: bytesOfUuid(id), state, reason, endedAtMs: isOver ? nowMs : null }).changes > 0;
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
