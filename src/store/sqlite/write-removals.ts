/**
 * What is removed, in small units, so that commits behind which answers wait are not held up: bodies of logs, or logs whole
 * (remove-logs.ts). SQLite overwrites what it frees.
 */
import type { Statement } from 'better-sqlite3';
import type { Act } from '../audit.ts';
import { readFlags, withoutBodies } from '../flags.ts';
import type { Removed } from '../removals.ts';
import type { Connection } from './connection.ts';
import { EmptyBlocks } from './empty-blocks.ts';
import { REMOVED_COLUMNS, type RemovedRow, RemoveLogs } from './remove-logs.ts';
import { RemovalNotes } from './removal-notes.ts';
import type { UnusedNames } from './unused-names.ts';
import { bytesOfUuid } from './uuid.ts';
import type { WriteAudit } from './write-audit.ts';
import type { WriteRollups } from './write-rollups.ts';

/** Logs that one unit removes: about ten milliseconds where they have many scores and properties, most of it for rollups. */
const LOGS_A_UNIT = 8;
/** Rows that one unit reads in search of bodies: about a millisecond. */
const ROWS = 1000;
/** Blocks that one unit packs anew: about a millisecond each where they are full. */
const BLOCKS = 16;
/** Logs that start late in the order of commits, such as those that come back from a spool, are seen for so long. */
const LATE_MS = 86_400_000;

interface Row {
  seq: number;
  startedAtMs: number;
  flags: number;
  block: number | null;
  slot: number | null;
}

interface Place {
  startedAtMs: number;
  seq: number;
}

export class WriteRemovals {
  readonly #audit: WriteAudit;
  readonly #notes: RemovalNotes;
  readonly #blocks: EmptyBlocks;
  readonly #logs: RemoveLogs;
  readonly #names: UnusedNames;
  readonly #project: Statement;
  readonly #older: Statement;
  readonly #byId: Statement;
  readonly #oldest: Statement;
  readonly #setFlags: Statement;
  /** By project: where the search for bodies goes on. All that started before has none. */
  readonly #places = new Map<string, Place>();

  constructor(connection: Connection, parts: { audit: WriteAudit; rollups: WriteRollups; names: UnusedNames }) {
    this.#audit = parts.audit;
    this.#notes = new RemovalNotes(connection);
    this.#blocks = new EmptyBlocks(connection);
    this.#logs = new RemoveLogs(connection, { ...parts, blocks: this.#blocks, notes: this.#notes });
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#names = parts.names;
    this.#project = prepare('select seq from projects where id = ?').pluck();
    this.#older = prepare(
      `select seq, started_at_ms as startedAtMs, flags, block, slot from logs
       where project = @project and started_at_ms < @beforeMs and (started_at_ms, seq) > (@startedAtMs, @seq)
       order by started_at_ms, seq limit ${ROWS}`,
    );
    this.#byId = prepare(`select ${REMOVED_COLUMNS} from logs where id = ? and project = ?`);
    this.#oldest = prepare(
      `select ${REMOVED_COLUMNS} from logs where project = ? and started_at_ms < ? order by started_at_ms, seq limit ?`,
    );
    this.#setFlags = prepare('update logs set flags = ? where seq = ?');
  }

  /** After a rollback: what was found done is not. */
  clear(): void {
    this.#places.clear();
  }

  /** Removes logs by their own ids, at most `LOGS_A_UNIT` of them. How many there were. */
  logs(projectId: string, ids: readonly string[], act: Act): number {
    const project = this.#project.get(bytesOfUuid(projectId)) as number | undefined;
    if (project === undefined) return 0;
    const rows = [...new Set(ids)].map((id) => this.#byId.get(bytesOfUuid(id), project) as RemovedRow | undefined);
    return this.#removeLogs(
      project,
      rows.filter((row) => row !== undefined),
      act,
    );
  }

  /** Removes at most `limit`, and no more than `LOGS_A_UNIT`, of the oldest logs that started before. */
  before(projectId: string, beforeMs: number, limit: number, act: Act): Removed {
    const project = this.#project.get(bytesOfUuid(projectId)) as number | undefined;
    if (project === undefined) return { removed: 0, more: false };
    const rows = this.#oldest.all(project, beforeMs, Math.min(limit, LOGS_A_UNIT) + 1) as RemovedRow[];
    const own = rows.slice(0, Math.min(limit, LOGS_A_UNIT));
    return { removed: this.#removeLogs(project, own, act), more: rows.length > own.length };
  }

  /** Removes the bodies of at most `limit` of the oldest logs that started before. `more`: there may be others. */
  bodies(projectId: string, beforeMs: number, limit: number, act: Act): Removed {
    const project = this.#project.get(bytesOfUuid(projectId)) as number | undefined;
    if (project === undefined) return { removed: 0, more: false };
    let place = this.#places.get(projectId) ?? { startedAtMs: Number.MIN_SAFE_INTEGER, seq: 0 };
    const rows = this.#older.all({ project, beforeMs, ...place }) as Row[];
    const blocks = new Set<number>();
    const taken: Row[] = [];
    let isWhole = true;
    for (const row of rows) {
      if (hasBodies(row)) {
        if (taken.length === limit || (!blocks.has(row.block!) && blocks.size === BLOCKS)) {
          isWhole = false;
          break;
        }
        blocks.add(row.block!);
        taken.push(row);
      }
      place = { startedAtMs: row.startedAtMs, seq: row.seq };
    }
    this.#blocks.take('bodies', taken);
    for (const { seq, flags } of taken) this.#setFlags.run(withoutBodies(flags), seq);
    this.#notes.logs(taken.map(({ seq }) => seq));
    this.#audit.note(project, 'bodies.removed', act, taken.length);
    const more = !isWhole || rows.length === ROWS;
    this.#places.set(projectId, more ? place : { startedAtMs: place.startedAtMs - LATE_MS, seq: 0 });
    return { removed: taken.length, more };
  }

  /** Removes names of scores that no log has any more, some at a time. Where it goes on; null at the end. */
  scoreNames(projectId: string, after: number): number | null {
    const project = this.#project.get(bytesOfUuid(projectId)) as number | undefined;
    if (project === undefined) return null;
    const { removed, next } = this.#names.sweepScores(project, after);
    if (removed > 0) this.#notes.value();
    return next;
  }

  #removeLogs(project: number, rows: readonly RemovedRow[], act: Act): number {
    this.#logs.remove(project, rows);
    this.#audit.note(project, 'logs.removed', act, rows.length);
    return rows.length;
  }
}

function hasBodies({ flags, block, slot }: Row): boolean {
  const { requestOmitted, responseOmitted } = readFlags(flags);
  return block !== null && slot !== null && !(requestOmitted && responseOmitted);
}
