/**
 * Removing logs with everything that belongs to them and everything that was derived from them, inside the transaction of the
 * group commit. Which logs, and how many at a time, is said by write-removals.ts; names that fall out of use are looked after by
 * unused-names.ts.
 */
import type { Statement } from 'better-sqlite3';
import { ROLLED_LOG_FIELDS, type RolledLogField } from '../rollups/rolled.ts';
import type { Connection } from './connection.ts';
import type { EmptyBlocks, Place } from './empty-blocks.ts';
import type { RemovalNotes } from './removal-notes.ts';
import type { UnusedNames } from './unused-names.ts';
import { uuidOfBytes } from './uuid.ts';
import type { WriteRollups } from './write-rollups.ts';

export interface RemovedRow extends Place, Record<RolledLogField, string | null> {
  seq: number;
  id: Buffer;
  requestId: Buffer | null;
  providerResponseId: string | null;
  startedAtMs: number;
  properties: string | null;
}

/** What a run asked of a datapoint. */
interface Cell {
  run: number;
  position: number;
  repetition: number;
}

/** What must be known of a log that is removed. */
export const REMOVED_COLUMNS = `seq, id, request_id as requestId, provider_response_id as providerResponseId,
  started_at_ms as startedAtMs, properties, model, provider, upstream, block, slot`;

/** Tables whose rows belong to a log, and are found by its number. */
const OWNED = ['scores', 'evaluations', 'jobs'] as const;

export interface RemoveLogsParts {
  blocks: EmptyBlocks;
  notes: RemovalNotes;
  rollups: WriteRollups;
  names: UnusedNames;
}

export class RemoveLogs {
  readonly #parts: RemoveLogsParts;
  readonly #measures: Statement;
  readonly #owned: Statement[];
  readonly #property: Statement;
  readonly #webhooks: Statement;
  readonly #delivery: Statement;
  readonly #waiting: Statement;
  readonly #outputs: Statement;
  readonly #results: Statement;
  readonly #output: Statement;
  readonly #started: Statement;
  readonly #log: Statement;

  constructor(connection: Connection, parts: RemoveLogsParts) {
    this.#parts = parts;
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#measures = prepare(
      'select distinct measure from scores where log in (select value from json_each(?))',
    ).pluck();
    this.#owned = OWNED.map((table) => prepare(`delete from ${table} where log = ?`));
    this.#property = prepare(
      `delete from log_properties where started_at_ms = ? and log = ?
       and property = (select id from properties where project = ? and name = ? and value = ?)`,
    );
    // Skips from webhook to webhook: those that are no more may still have deliveries.
    this.#webhooks = prepare(
      `with recursive found(webhook) as (
         select min(webhook) from deliveries
         union all select (select min(webhook) from deliveries where webhook > found.webhook) from found where webhook is not null)
       select webhook from found where webhook is not null`,
    ).pluck();
    this.#delivery = prepare('delete from deliveries where webhook = ? and log = ?');
    this.#waiting = prepare('delete from waiting_scores where project = ? and log_id = ?');
    this.#outputs = prepare('select run, position, repetition from run_outputs where log = ?');
    this.#results = prepare('delete from run_results where run = ? and position = ? and repetition = ?');
    this.#output = prepare('delete from run_outputs where run = ? and position = ? and repetition = ?');
    this.#started = prepare('delete from started where id = ?');
    this.#log = prepare('delete from logs where seq = ?');
  }

  /** Removes logs of a project. */
  remove(project: number, rows: readonly RemovedRow[]): void {
    if (rows.length === 0) return;
    const { blocks, notes, rollups, names } = this.#parts;
    const seqs = rows.map(({ seq }) => seq);
    const measures = this.#measures.all(JSON.stringify(seqs)) as number[];
    // Before their rows change: it looks at them.
    rollups.takeOut(seqs);
    const webhooks = this.#webhooks.all() as number[];
    const properties = rows.map(({ properties: json }) =>
      Object.entries(JSON.parse(json ?? '{}') as Record<string, string>),
    );
    for (const [index, row] of rows.entries()) {
      for (const owned of this.#owned) owned.run(row.seq);
      for (const webhook of webhooks) this.#delivery.run(webhook, row.seq);
      for (const [name, value] of properties[index]!)
        this.#property.run(row.startedAtMs, row.seq, project, name, value);
      for (const id of idsOf(row)) this.#waiting.run(project, id);
      for (const { run, position, repetition } of this.#outputs.all(row.id) as Cell[])
        for (const cell of [this.#results, this.#output]) cell.run(run, position, repetition);
      // What is noted as running would come back as interrupted.
      this.#started.run(row.id);
      this.#log.run(row.seq);
    }
    blocks.take('everything', rows);
    notes.logs(seqs);
    for (const pairs of properties) for (const [name, value] of pairs) names.property(project, name, value);
    for (const field of ROLLED_LOG_FIELDS)
      for (const value of new Set(rows.map((row) => row[field])))
        if (value !== null) names.field(project, field, value);
    for (const measure of measures) names.score(measure);
  }
}

/** Whatever a client may have called it by, as scores wait for it. */
function idsOf({ id, requestId, providerResponseId }: RemovedRow): string[] {
  const ids = [uuidOfBytes(id)];
  if (requestId !== null) ids.push(uuidOfBytes(requestId));
  if (providerResponseId !== null) ids.push(providerResponseId.toLowerCase());
  return ids;
}
