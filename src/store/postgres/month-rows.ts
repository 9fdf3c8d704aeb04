/**
 * What hangs on the logs of a month in tables that are not partitioned: counted, named and removed, in the transaction in which the
 * month is dropped (drop-month.ts). `logs` names the month's own table of logs.
 */
import { ROLLED_LOG_FIELDS, type RolledLogField } from '../rollups/rolled.ts';
import { readMark, writeMark } from './change-entries.ts';
import type { Session } from './connection.ts';
import { lockRollups, lockWords } from './locks.ts';
import { MONTH_STEP, partitionName, startOf } from './partitions.ts';
import { indexedUpTo, removeSegments } from './text-segments.ts';
import type { Names } from './unused-names.ts';

const HOUR_MS = 3_600_000;
const FIRST_HOUR = -(2 ** 31);
/** Of log_ids that one statement removes: a fraction of a second. */
const IDS = 50_000;

/** Numbers of the month's logs, the first and the one behind the last. */
function numbersOf(month: number): [first: number, behind: number] {
  return [month * MONTH_STEP, (month + 1) * MONTH_STEP];
}

/** How many logs of the month each project has. */
export async function countLogs(session: Session, month: number): Promise<Map<number, number>> {
  const rows = await session.rows<{ project: number; logs: number }>(
    `select project, count(*) as logs from ${partitionName('logs', month)} group by project`,
  );
  return new Map(rows.map(({ project, logs }) => [project, logs]));
}

/** What the month's logs have been called by, which may be in use nowhere else. */
export async function namesIn(session: Session, month: number, project: number): Promise<Names> {
  const logs = partitionName('logs', month);
  const properties = await session.rows<{ name: string; value: string }>(
    `select name, value from properties where project = $1
     and id in (select distinct property from ${partitionName('log_properties', month)})`,
    [project],
  );
  const fields: [RolledLogField, string][] = [];
  for (const field of ROLLED_LOG_FIELDS) {
    const values = await session.rows<{ value: string }>(
      `select distinct ${field} as value from ${logs} where project = $1 and ${field} is not null`,
      [project],
    );
    fields.push(...values.map(({ value }): [RolledLogField, string] => [field, value]));
  }
  const measures = await session.rows<{ id: number }>(
    `select id from measures where project = $1 and id in (select distinct measure from ${partitionName('scores', month)})`,
    [project],
  );
  return {
    properties: properties.map(({ name, value }) => [name, value]),
    fields,
    measures: measures.map(({ id }) => id),
  };
}

/** Ids, jobs, deliveries, what runs said of the logs, and what waits for logs of this name. */
export async function removeBelongings(session: Session, month: number): Promise<void> {
  const logs = partitionName('logs', month);
  for (let after: number | null = -1; after !== null;) {
    const [row]: { last: number | null }[] = await session.rows<{ last: number | null }>(
      `with next as materialized (select seq, id from ${logs} where seq > $1 order by seq limit ${IDS}),
         gone as (delete from log_ids i using next where i.id = next.id)
       select max(seq) as last from next`,
      [after],
    );
    after = row!.last;
  }
  await session.rows(
    `with gone as (delete from run_outputs o using ${logs} l where o.log = l.id returning o.run, o.position, o.repetition)
     delete from run_results r using gone g
     where r.run = g.run and r.position = g.position and r.repetition = g.repetition`,
  );
  await session.rows(`delete from started s using ${logs} l where l.id = s.id`);
  const [waiting] = await session.rows<{ any: boolean }>('select exists (select 1 from waiting_scores) as any');
  if (waiting!.any)
    for (const id of ['l.id::text', 'l.request_id::text', 'lower(l.provider_response_id)'])
      await session.rows(
        `delete from waiting_scores w using ${logs} l where w.project = l.project and w.log_id = ${id}`,
      );
  await session.rows('delete from jobs where log >= $1 and log < $2', numbersOf(month));
  await session.rows(
    `with recursive found(webhook) as (
       select min(webhook) from deliveries
       union all select (select min(webhook) from deliveries where webhook > found.webhook) from found where webhook is not null)
     delete from deliveries where webhook in (select webhook from found) and log >= $1 and log < $2`,
    numbersOf(month),
  );
}

/** The month's hours, and changes that are not folded yet: a month begins with an hour. */
export async function removeRollups(session: Session, month: number): Promise<void> {
  await lockRollups(session);
  const mark = await readMark(session);
  const hours = [month === 0 ? FIRST_HOUR : startOf(month) / HOUR_MS, startOf(month + 1) / HOUR_MS];
  for (const { id } of await session.rows<{ id: number }>('select id from measures'))
    await session.rows('delete from rollups where measure = $1 and hour >= $2 and hour < $3', [id, ...hours]);
  await session.rows('delete from changes where log >= $1 and log < $2', numbersOf(month));
  // What was folded of them meanwhile is not stored.
  await writeMark(session, { seq: mark.seq, edits: mark.edits + 1 });
}

/** Segments that hold words of this month alone are removed; out of others, and of what is being indexed, words go by and by. */
export async function removeWords(session: Session, month: number): Promise<void> {
  await lockWords(session);
  const whole = await session.rows<{ id: number; first: number; width: number }>(
    `select id, first, width from text_segments where months = array[$1::int] order by first`,
    [month],
  );
  await removeSegments(
    session,
    whole.map(({ id }) => id),
  );
  const indexed = await indexedUpTo(session);
  let from = 0;
  for (const { first, width } of [...whole, { first: Infinity, width: 0 }]) {
    // Beyond what is indexed some may be on their way into the index.
    const behind = Math.min(first, MONTH_STEP);
    if (behind > from) await noteRuns(session, month, from, behind);
    from = Math.min(first + width, indexed + 1);
  }
}

/** Notes the month's logs between two numbers, runs of neighbours as one. */
async function noteRuns(session: Session, month: number, from: number, behind: number): Promise<void> {
  const [first] = numbersOf(month);
  await session.rows(
    `insert into removals (first, last)
     select min(seq), max(seq) from (
       select seq, seq - row_number() over (order by seq) as run from ${partitionName('logs', month)}
       where seq >= $1 and seq < $2) numbered
     group by run order by 1`,
    [first + from, first + behind],
  );
}
