/** Removing logs, or their bodies, in small transactions. SQLite's write-removals.ts and remove-logs.ts say what goes, and why. */
import type { Pool } from 'pg';
import type { Act } from '../audit.ts';
import { emptiedBlock, type Emptied } from '../emptied-block.ts';
import { readFlags, withoutBodies } from '../flags.ts';
import type { Removed } from '../removals.ts';
import { ROLLED_LOG_FIELDS, type RolledLogField } from '../rollups/rolled.ts';
import { runsOf } from '../runs.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { lockLogs } from './locks.ts';
import { inTransaction } from './transaction.ts';
import type { Names, UnusedNames } from './unused-names.ts';
import { noteAct } from './write-audit.ts';
import type { WriteRollups } from './write-rollups.ts';

const LOGS_A_UNIT = 32;
/** Rows that one unit reads in search of bodies. */
const ROWS = 1000;
const LATE_MS = 86_400_000;
/** Numbers of blocks that one unit packs anew. */
const BLOCKS = 16;

interface Slot extends Record<string, unknown> {
  seq: number;
  block: number | null;
  slot: number | null;
}

interface Row extends Slot, Record<RolledLogField, string | null> {
  id: string;
  requestId: string | null;
  providerResponseId: string | null;
  startedAtMs: number;
  properties: string | null;
}

export class WriteRemovals {
  readonly #pool: Pool;
  readonly #interned: Interned;
  readonly #rollups: WriteRollups;
  readonly #names: UnusedNames;
  /** By project: where the search for bodies goes on. All that started before has none. */
  readonly #places = new Map<string, { startedAtMs: number; seq: number }>();

  constructor(pool: Pool, parts: { interned: Interned; rollups: WriteRollups; names: UnusedNames }) {
    this.#pool = pool;
    this.#interned = parts.interned;
    this.#rollups = parts.rollups;
    this.#names = parts.names;
  }

  async logs(projectId: string, ids: readonly string[], act: Act): Promise<number> {
    const project = await this.#projectOf(projectId);
    if (project === undefined) return 0;
    const rows = await sessionOf(this.#pool).rows<{ seq: number }>(
      'select seq from logs where id = any($1::uuid[]) and project = $2',
      [ids, project],
    );
    return this.#remove(project, rows, act);
  }

  async before(projectId: string, beforeMs: number, limit: number, act: Act): Promise<Removed> {
    const project = await this.#projectOf(projectId);
    if (project === undefined) return { removed: 0, more: false };
    const most = Math.min(limit, LOGS_A_UNIT);
    const rows = await sessionOf(this.#pool).rows<{ seq: number }>(
      'select seq from logs where project = $1 and started_at_ms < $2 order by started_at_ms, seq limit $3',
      [project, beforeMs, most + 1],
    );
    return { removed: await this.#remove(project, rows.slice(0, most), act), more: rows.length > most };
  }

  async bodies(projectId: string, beforeMs: number, limit: number, act: Act): Promise<Removed> {
    const project = await this.#projectOf(projectId);
    if (project === undefined) return { removed: 0, more: false };
    let place = this.#places.get(projectId) ?? { startedAtMs: Number.MIN_SAFE_INTEGER, seq: 0 };
    const rows = await sessionOf(this.#pool).rows<Slot & { startedAtMs: number; flags: number }>(
      `select seq, started_at_ms as "startedAtMs", flags, block, slot from logs
       where project = $1 and started_at_ms < $2 and (started_at_ms, seq) > ($3, $4)
       order by started_at_ms, seq limit ${ROWS}`,
      [project, beforeMs, place.startedAtMs, place.seq],
    );
    const blocks = new Set<number>();
    const taken: typeof rows = [];
    let isWhole = true;
    for (const row of rows) {
      const { requestOmitted, responseOmitted } = readFlags(row.flags);
      if (row.block !== null && row.slot !== null && !(requestOmitted && responseOmitted)) {
        if (taken.length === limit || (!blocks.has(row.block) && blocks.size === BLOCKS)) {
          isWhole = false;
          break;
        }
        blocks.add(row.block);
        taken.push(row);
      }
      place = { startedAtMs: row.startedAtMs, seq: row.seq };
    }
    if (taken.length > 0)
      await inTransaction(this.#pool, async (session) => {
        await emptyBlocks(session, taken, 'bodies');
        await session.rows('update logs set flags = flags | $1 where seq = any($2::bigint[])', [
          withoutBodies(0),
          taken.map(({ seq }) => seq),
        ]);
        await noteRuns(session, taken);
        await noteAct(session, project, 'bodies.removed', act, taken.length);
      });
    const more = !isWhole || rows.length === ROWS;
    this.#places.set(projectId, more ? place : { startedAtMs: place.startedAtMs - LATE_MS, seq: 0 });
    return { removed: taken.length, more };
  }

  async sweepScoreNames(projectId: string): Promise<void> {
    const project = await this.#projectOf(projectId);
    if (project !== undefined) await this.#names.removeScores(project);
  }

  async #projectOf(projectId: string): Promise<number | undefined> {
    const rows = await sessionOf(this.#pool).rows<{ seq: number }>('select seq from projects where id = $1', [
      projectId,
    ]);
    return rows[0]?.seq;
  }

  async #remove(project: number, wanted: readonly { seq: number }[], act: Act): Promise<number> {
    if (wanted.length === 0) return 0;
    const { removed, names } = await inTransaction(this.#pool, async (session) => {
      await this.#interned.hold(session);
      return this.#removeLocked(
        session,
        project,
        wanted.map(({ seq }) => seq),
        act,
      );
    });
    await this.#names.remove(project, names);
    return removed;
  }

  async #removeLocked(
    session: Session,
    project: number,
    wanted: number[],
    act: Act,
  ): Promise<{ removed: number; names: Names }> {
    // Jobs before logs, as who completes jobs does.
    await session.rows('select 1 from jobs where log = any($1::bigint[]) order by id for update', [wanted]);
    await lockLogs(session, wanted);
    const rows = await session.rows<Row>(
      `select seq, id, request_id as "requestId", provider_response_id as "providerResponseId", started_at_ms as "startedAtMs",
         properties, model, provider, upstream, block, slot
       from logs where seq = any($1::bigint[])`,
      [wanted],
    );
    if (rows.length === 0) return { removed: 0, names: {} };
    const seqs = rows.map(({ seq }) => seq);
    const measures = await session.rows<{ measure: number }>(
      'select distinct measure from scores where log = any($1::bigint[])',
      [seqs],
    );
    // Before their rows change: it looks at them.
    await this.#rollups.takeOut(session, seqs);
    for (const table of ['scores', 'evaluations', 'jobs'])
      await session.rows(`delete from ${table} where log = any($1::bigint[])`, [seqs]);
    const properties = await removeProperties(session, project, rows);
    await session.rows(
      `with recursive found(webhook) as (
         select min(webhook) from deliveries
         union all select (select min(webhook) from deliveries where webhook > found.webhook) from found where webhook is not null)
       delete from deliveries where webhook in (select webhook from found) and log = any($1::bigint[])`,
      [seqs],
    );
    const called = rows.flatMap(({ id, requestId, providerResponseId }) => [id, requestId, providerResponseId]);
    await session.rows('delete from waiting_scores where project = $1 and log_id = any($2::text[])', [
      project,
      called.filter((id) => id !== null).map((id) => id.toLowerCase()),
    ]);
    const ids = rows.map(({ id }) => id);
    await session.rows(
      `with gone as (delete from run_outputs where log = any($1::uuid[]) returning run, position, repetition)
       delete from run_results r using gone g
       where r.run = g.run and r.position = g.position and r.repetition = g.repetition`,
      [ids],
    );
    for (const table of ['started', 'log_ids'])
      await session.rows(`delete from ${table} where id = any($1::uuid[])`, [ids]);
    await session.rows('delete from logs where seq = any($1::bigint[])', [seqs]);
    await emptyBlocks(session, rows, 'everything');
    await noteRuns(session, rows);
    await noteAct(session, project, 'logs.removed', act, rows.length);
    const fields = ROLLED_LOG_FIELDS.flatMap((field) =>
      [...new Set(rows.map((row) => row[field]))]
        .filter((value) => value !== null)
        .map((value): [RolledLogField, string] => [field, value]),
    );
    return {
      removed: rows.length,
      names: { properties, fields, measures: measures.map(({ measure }) => measure) },
    };
  }
}

/** Which properties the logs had; their rows in the index are removed. */
async function removeProperties(session: Session, project: number, rows: readonly Row[]): Promise<[string, string][]> {
  const having = rows.flatMap(({ seq, startedAtMs, properties }) =>
    Object.entries(JSON.parse(properties ?? '{}') as Record<string, string>).map(([name, value]) => ({
      name,
      value,
      seq,
      startedAtMs,
    })),
  );
  if (having.length > 0)
    await session.rows(
      `delete from log_properties lp
       using unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[]) as given (name, value, log, started_at_ms)
       join properties p on p.project = $1 and p.name = given.name and md5(p.value) = md5(given.value)
       where lp.property = p.id and lp.started_at_ms = given.started_at_ms and lp.log = given.log`,
      [
        project,
        having.map(({ name }) => name),
        having.map(({ value }) => value),
        having.map(({ seq }) => seq),
        having.map(({ startedAtMs }) => startedAtMs),
      ],
    );
  return having.map(({ name, value }) => [name, value]);
}

async function emptyBlocks(session: Session, places: readonly Slot[], what: Emptied): Promise<void> {
  const byBlock = Map.groupBy(places, ({ block }) => block);
  const rows = await session.rows<{ id: number; bytes: Buffer }>(
    'select id, bytes from blocks where id = any($1::bigint[]) order by id for update',
    [[...byBlock.keys()].filter((block) => block !== null)],
  );
  for (const { id, bytes } of rows) {
    const left = emptiedBlock(bytes, new Set(byBlock.get(id)!.map(({ slot }) => slot)), what);
    if (left === null) await session.rows('delete from blocks where id = $1', [id]);
    else await session.rows('update blocks set bytes = $2 where id = $1', [id, left]);
  }
}

async function noteRuns(session: Session, rows: readonly Slot[]): Promise<void> {
  const runs = runsOf(rows.map(({ seq }) => seq));
  await session.rows('insert into removals (first, last) select * from unnest($1::bigint[], $2::bigint[])', [
    runs.map(([first]) => first),
    runs.map(([, last]) => last),
  ]);
}
