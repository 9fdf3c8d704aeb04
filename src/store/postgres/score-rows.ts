/** What becomes of the rows of scores of some logs, decided in memory by the rules of SQLite's writer, then stored. */
import type { NewScore } from '../store.ts';
import type { Session } from './connection.ts';
import type { StoredValue, WriteChanges } from './write-changes.ts';

/** A score with what it is interned under. */
export interface InternedScore extends StoredValue {
  score: NewScore;
  measure: number;
  origin: number;
}

/** A stored score of a log that is written to, with the names of what it is interned under. */
export interface Present extends StoredValue {
  log: number;
  measure: number;
  origin: number;
  name: string;
  source: NewScore['source'];
  evaluator: string;
  superseded: number;
}

/** What becomes of the rows of scores: gathered, and stored with a statement for each kind of it. */
export class ScoreRows {
  readonly #changes: WriteChanges;
  readonly #put = new Map<string, InternedScore & { log: number }>();
  readonly #gone = new Map<string, { log: number; measure: number; origin: number }>();
  readonly #superseded = new Map<string, { log: number; measure: number; origin: number }>();

  constructor(changes: WriteChanges) {
    this.#changes = changes;
  }

  /** `rows` is what the log has, and is kept so. */
  write({ project, log }: { project: number; log: number }, one: InternedScore, rows: Present[]): void {
    const { measure, origin, score, number, category } = one;
    const evaluator = score.evaluator ?? '';
    let was: Present | undefined;
    for (const row of rows.slice()) {
      if (row.origin === origin && row.name === score.name) {
        // Of another kind it is another row; of the same kind this one is overwritten.
        if (row.measure !== measure) this.take(project, row, rows, score.atMs);
        else {
          if (row.superseded === 0) was = row;
          rows.splice(rows.indexOf(row), 1);
        }
      } else if (evaluator !== '' && row.evaluator === evaluator && row.origin !== origin && row.superseded === 0) {
        this.#superseded.set(rowKey(row), row);
        this.#put.delete(rowKey(row));
        this.#changes.score({ ...row, project }, row, undefined, score.atMs);
        row.superseded = 1;
      }
    }
    const key = rowKey({ log, measure, origin });
    this.#put.set(key, { ...one, log });
    this.#gone.delete(key);
    this.#superseded.delete(key);
    this.#changes.score({ project, log, measure, origin }, was, one, score.atMs);
    const { name, source } = score;
    rows.push({ log, measure, origin, name, source, evaluator, number, category, superseded: 0 });
  }

  take(project: number, row: Present, rows: Present[], atMs: number): void {
    this.#gone.set(rowKey(row), row);
    this.#put.delete(rowKey(row));
    if (row.superseded === 0) this.#changes.score({ ...row, project }, row, undefined, atMs);
    rows.splice(rows.indexOf(row), 1);
  }

  async store(session: Session): Promise<void> {
    const keys = (rows: { log: number; measure: number; origin: number }[]): number[][] => [
      rows.map(({ log }) => log),
      rows.map(({ measure }) => measure),
      rows.map(({ origin }) => origin),
    ];
    const given = 'unnest($1::bigint[], $2::int[], $3::int[])';
    const same = 's.log = g.log and s.measure = g.measure and s.origin = g.origin';
    if (this.#gone.size > 0)
      await session.rows(
        `delete from scores s using ${given} as g (log, measure, origin) where ${same}`,
        keys([...this.#gone.values()]),
      );
    if (this.#superseded.size > 0)
      await session.rows(
        `update scores s set superseded = 1 from ${given} as g (log, measure, origin) where ${same}`,
        keys([...this.#superseded.values()]),
      );
    const put = [...this.#put.values()];
    if (put.length === 0) return;
    await session.rows(
      `insert into scores (log, measure, origin, number, category, reason, duration_ms, at_ms, superseded)
       select *, 0 from unnest($1::bigint[], $2::int[], $3::int[], $4::float8[], $5::text[], $6::text[], $7::float8[], $8::bigint[])
       on conflict (log, measure, origin) do update set number = excluded.number, category = excluded.category,
         reason = excluded.reason, duration_ms = excluded.duration_ms, at_ms = excluded.at_ms, superseded = 0`,
      [
        ...keys(put),
        put.map(({ number }) => number),
        put.map(({ category }) => category),
        put.map(({ score }) => score.reason),
        put.map(({ score }) => score.durationMs),
        put.map(({ score }) => score.atMs),
      ],
    );
  }
}

function rowKey({ log, measure, origin }: { log: number; measure: number; origin: number }): string {
  return `${log} ${measure} ${origin}`;
}
