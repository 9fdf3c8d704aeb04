/**
 * Ingest: logs with their properties, bodies, jobs and waiting scores, in one transaction with a statement a table. The
 * partitions are seen to before it begins, and what is interned on another connection.
 */
import { type Pool } from 'pg';
import { packBlock } from '../blocks.ts';
import { blocksOf, byProject, idsOf, partsOf } from '../log-parts.ts';
import type { NewLog } from '../store.ts';
import type { Session } from './connection.ts';
import { type Interned, type Pair, pairKey } from './interned.ts';
import { shareWaitingRoom } from './locks.ts';
import { INSERT_LOGS, logValues, type PlacedLog } from './log-columns.ts';
import { monthOf, MONTH_STEP, type Partitions } from './partitions.ts';
import { inTransaction } from './transaction.ts';
import { WriteChanges } from './write-changes.ts';
import { insertDeliveries } from './write-deliveries.ts';
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

export class Ingest {
  readonly #pool: Pool;
  readonly #interned: Interned;
  readonly #partitions: Partitions;
  readonly #scores: WriteScores;

  constructor(pool: Pool, parts: { interned: Interned; partitions: Partitions; scores: WriteScores }) {
    this.#pool = pool;
    this.#interned = parts.interned;
    this.#partitions = parts.partitions;
    this.#scores = parts.scores;
  }

  /** Commits logs, in order, and forgets the `started` rows of calls that are over. */
  async insert(logs: readonly NewLog[], startedIds: readonly string[], nowMs: number): Promise<IngestResult> {
    await this.#partitions.ensure(logs.map(({ startedAtMs }) => startedAtMs));
    try {
      return await inTransaction(this.#pool, async (session) => {
        if (startedIds.length > 0) await session.rows('delete from started where id = any($1::uuid[])', [startedIds]);
        return this.#insert(session, logs, nowMs);
      });
    } catch (error) {
      this.#partitions.forget();
      throw error;
    }
  }

  async #prepare(logs: readonly NewLog[], nowMs: number): Promise<Prepared> {
    const projects = new Map<string, number>();
    for (const id of new Set(logs.map(({ projectId }) => projectId)))
      projects.set(id, await this.#interned.project(id, nowMs));
    return { projects, pairs: await this.#interned.pairs(logs.flatMap((log) => pairsOf(log, projects))) };
  }

  async #insert(session: Session, logs: readonly NewLog[], nowMs: number): Promise<IngestResult> {
    await shareWaitingRoom(session);
    await this.#interned.hold(session);
    const { projects, pairs } = await this.#prepare(logs, nowMs);
    const placed = await place(session, logs, projects);
    if (placed.length === 0) return { inserted: 0, jobs: 0, attached: 0 };
    await session.rows(INSERT_LOGS, logValues(placed));
    const changes = new WriteChanges();
    const jobs: { project: number; seq: number; evaluator: string }[] = [];
    const having: { pair: number; log: PlacedLog }[] = [];
    for (const one of placed) {
      changes.log(one.project, one.seq, nowMs);
      for (const evaluator of one.log.evaluators) jobs.push({ project: one.project, seq: one.seq, evaluator });
      for (const pair of new Set(pairsOf(one.log, projects).map((each) => pairs.get(pairKey(each))!)))
        having.push({ pair, log: one });
    }
    if (having.length > 0)
      await session.rows(
        `insert into log_properties (property, started_at_ms, log)
         select * from unnest($1::int[], $2::bigint[], $3::bigint[])`,
        [
          having.map(({ pair }) => pair),
          having.map(({ log }) => log.log.startedAtMs),
          having.map(({ log }) => log.seq),
        ],
      );
    if (jobs.length > 0)
      await session.rows(
        `insert into jobs (project, log, evaluator, state, attempt, token, due_at_ms)
         select project, log, evaluator, 'pending', 0, 0, $4::bigint
         from unnest($1::int[], $2::bigint[], $3::text[]) as given (project, log, evaluator)`,
        [jobs.map(({ project }) => project), jobs.map(({ seq }) => seq), jobs.map(({ evaluator }) => evaluator), nowMs],
      );
    const deliveries = await insertDeliveries(session, placed, nowMs);
    const attached = await this.#attach(session, placed, changes, nowMs);
    await changes.write(session);
    return { inserted: placed.length, jobs: jobs.length + deliveries, attached };
  }

  async #attach(session: Session, placed: PlacedLog[], changes: WriteChanges, nowMs: number): Promise<number> {
    const [room] = await session.rows<{ used: boolean }>('select exists (select 1 from waiting_scores) as used');
    if (!room!.used) return 0;
    let attached = 0;
    for (const { log, project, seq } of placed)
      attached += await this.#scores.attach(session, { project, log: seq, ids: idsOf(log), nowMs }, changes);
    return attached;
  }
}

function pairsOf(log: NewLog, projects: ReadonlyMap<string, number>): Pair[] {
  const project = projects.get(log.projectId)!;
  return [...log.properties].map(([name, value]) => ({ project, name, value }));
}

/** Numbers and blocks for those that are not there yet, in the order in which they came. */
async function place(
  session: Session,
  logs: readonly NewLog[],
  projects: ReadonlyMap<string, number>,
): Promise<PlacedLog[]> {
  const rows = await session.rows<{ id: string; seq: number }>(
    `insert into log_ids (id, seq)
     select id, month * ${MONTH_STEP} + nextval('numbers')
     from unnest($1::uuid[], $2::bigint[]) with ordinality as given (id, month, place) order by place
     on conflict do nothing returning id, seq`,
    [logs.map(({ id }) => id), logs.map(({ startedAtMs }) => monthOf(startedAtMs))],
  );
  const seqs = new Map(rows.map(({ id, seq }) => [id, seq]));
  const placed: PlacedLog[] = [];
  const blocks: { project: number; month: number; logs: PlacedLog[] }[] = [];
  for (const [projectId, own] of byProject(logs.filter(({ id }) => seqs.has(id)))) {
    const project = projects.get(projectId)!;
    for (const [month, ofMonth] of Map.groupBy(own, ({ startedAtMs }) => monthOf(startedAtMs)))
      for (const group of blocksOf(ofMonth)) {
        const members = group.map((log, slot) => ({ log, seq: seqs.get(log.id)!, project, block: 0, slot }));
        blocks.push({ project, month, logs: members });
        placed.push(...members);
      }
  }
  for (const block of blocks) {
    const [row] = await session.rows<{ id: number }>(
      `insert into blocks (id, project, bytes) values ($1::bigint * ${MONTH_STEP} + nextval('numbers'), $2, $3) returning id`,
      [block.month, block.project, packBlock(block.logs.map(({ log }) => partsOf(log)))],
    );
    for (const member of block.logs) member.block = row!.id;
  }
  return placed;
}
