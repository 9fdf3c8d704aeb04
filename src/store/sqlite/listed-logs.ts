/** From the numbers of a page's logs to the logs, with their current scores and, where asked for, their bodies. */
import type { Statement } from 'better-sqlite3';
import type { Score } from '../../model/score.ts';
import { openBlock, type SlotParts } from '../blocks.ts';
import { logOf } from '../log-rows.ts';
import type { ListedLog } from '../questions.ts';
import { scoreValue } from '../score-columns.ts';
import type { Connection } from './connection.ts';
import { drizzle, inArray } from './drizzle.ts';
import { logs } from './schema.ts';

interface ScoreRow {
  log: number;
  name: string;
  kind: string;
  number: number | null;
  category: string | null;
  reason: string | null;
  source: Score['source'];
  evaluator: string;
  version: string;
  durationMs: number | null;
  atMs: number;
}

/** Rows that one statement asks for by their numbers. */
const ROWS_A_STATEMENT = 500;

export class ListedLogs {
  readonly #db: ReturnType<typeof drizzle>;
  readonly #scores: Statement;
  readonly #block: Statement;

  constructor(connection: Connection) {
    this.#db = drizzle({ client: connection });
    this.#scores = connection.prepare(
      `select s.log, m.name, m.kind, s.number, s.category, s.reason, o.source, o.evaluator, o.version,
         s.duration_ms as durationMs, s.at_ms as atMs
       from json_each(?) wanted cross join scores s on s.log = wanted.value
       join measures m on m.id = s.measure join origins o on o.id = s.origin
       where s.superseded = 0 order by s.log, m.name, s.at_ms`,
    );
    this.#block = connection.prepare('select bytes from blocks where id = ?').pluck();
  }

  /** The logs in the order of their numbers in the list. */
  of(seqs: readonly number[], projectId: string, withBodies: boolean): ListedLog[] {
    const found = new Map<number, ListedLog>();
    const open = new Map<number, ((slot: number) => SlotParts) | undefined>();
    for (let from = 0; from < seqs.length; from += ROWS_A_STATEMENT) {
      const some = seqs.slice(from, from + ROWS_A_STATEMENT);
      const scores = this.#scoresOf(some);
      for (const row of this.#db.select().from(logs).where(inArray(logs.seq, some)).all()) {
        const parts = withBodies ? this.#parts(row, open) : undefined;
        found.set(row.seq, { ...logOf(row, projectId, parts), seq: row.seq, scores: scores.get(row.seq) ?? [] });
      }
    }
    return seqs.map((seq) => found.get(seq)!);
  }

  /** Each block is unpacked once, whoever of the page is in it. */
  #parts(
    { block, slot }: { block: number | null; slot: number | null },
    open: Map<number, ((slot: number) => SlotParts) | undefined>,
  ): SlotParts | undefined {
    if (block === null || slot === null) return undefined;
    if (!open.has(block)) {
      const bytes = this.#block.get(block) as Buffer | undefined;
      open.set(block, bytes && openBlock(bytes));
    }
    return open.get(block)?.(slot);
  }

  #scoresOf(seqs: readonly number[]): Map<number, Score[]> {
    const byLog = new Map<number, Score[]>();
    for (const row of this.#scores.all(JSON.stringify(seqs)) as ScoreRow[]) {
      const list = byLog.get(row.log) ?? [];
      byLog.set(row.log, list);
      list.push({
        name: row.name,
        value: scoreValue(row),
        reason: row.reason,
        source: row.source,
        evaluator: row.evaluator || null,
        evaluatorVersion: row.version || null,
        durationMs: row.durationMs,
        atMs: row.atMs,
      });
    }
    return byLog;
  }
}
