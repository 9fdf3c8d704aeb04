/**
 * Ingest: logs with their properties, bodies, jobs, evaluations and waiting scores, in one transaction with a statement a table. The
 * partitions are seen to before it begins, and what is interned on another connection.
 */
import { type Pool } from 'pg';
import { packBlock } from '../blocks.ts';
import { blocksOf, byProject, idsOf, partsOf } from '../log-parts.ts';
import type { NewJob, NewLog } from '../store.ts';
import type { Session } from './connection.ts';
import { type Interned, type Pair, pairKey } from './interned.ts';
import { shareWaitingRoom } from './locks.ts';
import { INSERT_LOGS, logValues, type PlacedLog } from './log-columns.ts';
import { isPartitionGone, monthOf, MONTH_STEP, type Partitions } from './partitions.ts';
import { takeOfDays } from './rule-days.ts';
import { inTransaction } from './transaction.ts';
import { WriteChanges } from './write-changes.ts';
import { insertDeliveries } from './write-deliveries.ts';
import type { WriteEvaluations } from './write-evaluations.ts';
import type { WriteScores } from './write-scores.ts';

export interface IngestResult {
  /** Logs that were new; one that is already there (a spool read twice) is passed over. */
  inserted: number;
  jobs: number;
  /** Scores that had been waiting for these logs. */
  attached: number;
}

interface Prepared {
  projects: ReadonlyMap<string, number>;
  pairs: ReadonlyMap<string, number>;
}

/** Logs that share a block. */
interface Group {
  project: number;
  month: number;
  logs: readonly NewLog[];
}
type Block = Group & { id: number };

/** Of those that are there already none. */
const NUMBER_LOGS = `insert into log_ids (id, seq)
  select id, month * ${MONTH_STEP} + nextval('numbers')
  from unnest($1::uuid[], $2::bigint[]) with ordinality as given (id, month, place) order by place
  on conflict do nothing returning id, seq`;

export class Ingest {
  readonly #pool: Pool;
  readonly #interned: Interned;
  readonly #partitions: Partitions;
  readonly #scores: WriteScores;
  readonly #evaluations: WriteEvaluations;

  constructor(
    pool: Pool,
    parts: { interned: Interned; partitions: Partitions; scores: WriteScores; evaluations: WriteEvaluations },
  ) {
    this.#pool = pool;
    this.#interned = parts.interned;
    this.#partitions = parts.partitions;
    this.#scores = parts.scores;
    this.#evaluations = parts.evaluations;
  }

  /** Commits logs, in order, and forgets the `started` rows of calls that are over. */
  async insert(logs: readonly NewLog[], startedIds: readonly string[], nowMs: number): Promise<IngestResult> {
    const insert = async (): Promise<IngestResult> => {
      await this.#partitions.ensure(logs.map(({ startedAtMs }) => startedAtMs));
      return inTransaction(this.#pool, async (session) => {
        if (startedIds.length > 0) await session.rows('delete from started where id = any($1::uuid[])', [startedIds]);
        return this.#insert(session, logs, nowMs);
      });
    };
    try {
      return await insert();
    } catch (error) {
      this.#partitions.forget();
      if (!isPartitionGone(error)) throw error;
      return insert();
    }
  }

  async #prepare(logs: readonly NewLog[], nowMs: number): Promise<Prepared> {
    const projects = new Map<string, number>();
    for (const id of new Set(logs.map(({ projectId }) => projectId)))
      projects.set(id, await this.#interned.project(id, nowMs));
    return { projects, pairs: await this.#interned.pairs(logs.flatMap((log) => pairsOf(log, projects))) };
  }

  async #insert(session: Session, logs: readonly NewLog[], nowMs: number): Promise<IngestResult> {
    await Promise.all([shareWaitingRoom(session), this.#interned.hold(session)]);
    const { projects, pairs } = await this.#prepare(logs, nowMs);
    // Sent at once, answered in their order: a round trip for all of them.
    const [[room], drawn, rows] = await Promise.all([
      session.rows<{ used: boolean }>('select exists (select 1 from waiting_scores) as used'),
      session.rows<{ number: number }>(`select nextval('numbers') as number from generate_series(1, $1)`, [
        groupsOf(logs, projects).length,
      ]),
      session.rows<{ id: string; seq: number }>(NUMBER_LOGS, [
        logs.map(({ id }) => id),
        logs.map(({ startedAtMs }) => monthOf(startedAtMs)),
      ]),
    ]);
    if (rows.length === 0) return { inserted: 0, jobs: 0, attached: 0 };
    const seqs = new Map(rows.map(({ id, seq }) => [id, seq]));
    const groups = groupsOf(
      logs.filter(({ id }) => seqs.has(id)),
      projects,
    );
    const blocks = groups.map((group, index): Block => ({
      ...group,
      id: group.month * MONTH_STEP + drawn[index]!.number,
    }));
    const placed = blocks.flatMap(({ id: block, project, logs: own }) =>
      own.map((log, slot): PlacedLog => ({ log, seq: seqs.get(log.id)!, project, block, slot })),
    );
    const changes = new WriteChanges();
    for (const { project, seq } of placed) changes.log(project, seq, nowMs);
    const [, , jobs, deliveries] = await Promise.all([
      session.rows(INSERT_LOGS, logValues(placed)),
      insertProperties(session, placed, (log) => pairsOf(log, projects).map((pair) => pairs.get(pairKey(pair))!)),
      insertJobs(session, placed, nowMs),
      insertDeliveries(session, placed, nowMs),
      changes.write(session),
      ...blocks.map((block) => insertBlock(session, block)),
    ]);
    await this.#evaluate(session, placed);
    const attached = room!.used ? await this.#attach(session, placed, nowMs) : 0;
    return { inserted: placed.length, jobs: jobs + deliveries, attached };
  }

  async #evaluate(session: Session, placed: PlacedLog[]): Promise<void> {
    const evaluated = placed.filter(({ log }) => log.evaluations !== undefined);
    if (evaluated.length === 0) return;
    const changes = new WriteChanges();
    for (const { log, project, seq } of evaluated)
      for (const evaluation of log.evaluations!)
        await this.#evaluations.write(session, { project, log: seq }, evaluation, changes);
    await changes.write(session);
  }

  async #attach(session: Session, placed: PlacedLog[], nowMs: number): Promise<number> {
    const changes = new WriteChanges();
    let attached = 0;
    for (const { log, project, seq } of placed)
      attached += await this.#scores.attach(session, { project, log: seq, ids: idsOf(log), nowMs }, changes);
    await changes.write(session);
    return attached;
  }
}

function pairsOf(log: NewLog, projects: ReadonlyMap<string, number>): Pair[] {
  const project = projects.get(log.projectId)!;
  return [...log.properties].map(([name, value]) => ({ project, name, value }));
}

/** In the order in which they are numbered: of one project and month, and no more than a block holds. */
function groupsOf(logs: readonly NewLog[], projects: ReadonlyMap<string, number>): Group[] {
  return [...byProject(logs)].flatMap(([projectId, own]) =>
    [...Map.groupBy(own, ({ startedAtMs }) => monthOf(startedAtMs))].flatMap(([month, ofMonth]) =>
      [...blocksOf(ofMonth)].map((group) => ({ project: projects.get(projectId)!, month, logs: group })),
    ),
  );
}

async function insertBlock(session: Session, { id, project, logs }: Block): Promise<void> {
  await session.rows('insert into blocks (id, project, bytes) values ($1, $2, $3)', [
    id,
    project,
    packBlock(logs.map(partsOf)),
  ]);
}

async function insertProperties(
  session: Session,
  placed: readonly PlacedLog[],
  pairsOfLog: (log: NewLog) => number[],
): Promise<void> {
  const having = placed.flatMap((one) => [...new Set(pairsOfLog(one.log))].map((pair) => ({ pair, ...one })));
  if (having.length === 0) return;
  await session.rows(
    `insert into log_properties (property, started_at_ms, log)
     select * from unnest($1::int[], $2::bigint[], $3::bigint[])`,
    [having.map(({ pair }) => pair), having.map(({ log }) => log.startedAtMs), having.map(({ seq }) => seq)],
  );
}

/** Answers how many. */
async function insertJobs(session: Session, placed: readonly PlacedLog[], nowMs: number): Promise<number> {
  const asked = placed.flatMap(({ log, project, seq }) =>
    log.evaluators.map((one) => {
      const job: NewJob = typeof one === 'string' ? { name: one } : one;
      return { version: null, priority: 0, paidBy: null, ...job, project, seq };
    }),
  );
  const counted = asked.flatMap((job) => (job.perDay === undefined ? [] : [{ ...job, perDay: job.perDay, job }]));
  const taken = new Set([...(await takeOfDays(session, counted, nowMs))].map(({ job }) => job));
  const jobs = asked.filter((job) => job.perDay === undefined || taken.has(job));
  if (jobs.length === 0) return 0;
  await session.rows(
    `insert into jobs (project, log, evaluator, version, priority, paid_by, state, attempt, token, due_at_ms)
     select project, log, evaluator, version, priority, paid_by, 'pending', 0, 0, $7::bigint
     from unnest($1::int[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::text[])
       as given (project, log, evaluator, version, priority, paid_by)`,
    [
      jobs.map(({ project }) => project),
      jobs.map(({ seq }) => seq),
      jobs.map(({ name }) => name),
      jobs.map(({ version }) => version),
      jobs.map(({ priority }) => priority),
      jobs.map(({ paidBy }) => paidBy),
      nowMs,
    ],
  );
  return jobs.length;
}
