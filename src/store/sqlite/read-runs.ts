/** Runs, read on a reader's connection. */
import type { Run, RunOutput, RunProgress, RunResult } from '../../model/run.ts';
import type { CellOfLog, NumberedRun, PositionRange, RunPage } from '../evaluation-runs.ts';
import { progressOf, type ProgressRows, resultOf, type ResultRow, runOf, type RunRow } from '../run-rows.ts';
import type { Connection } from './connection.ts';
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
  const ofLog = connection.prepare(
    `select r.id as runId, o.position, o.repetition, o.datapoint as datapointId
     from run_outputs o join runs r on r.seq = o.run
     where o.log = ? and r.project = (select seq from projects where id = ?) order by r.seq desc`,
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

    runsOfLog: (projectId: string, logId: string): CellOfLog[] =>
      (ofLog.all(bytesOfUuid(logId), bytesOfUuid(projectId)) as Stored<CellOfLog, 'runId' | 'datapointId'>[]).map(
        (one) => ({ ...one, runId: uuidOfBytes(one.runId!), datapointId: uuidOfBytes(one.datapointId!) }),
      ),

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
