/**
 * From deltas to rows of the rollups. While changes are added up, names and values go by numbers below zero; their ids are found, or
 * made, for all of them at once. Whoever writes rollups holds the lock of them.
 */
import type { ScoreKind } from '../../model/score.ts';
import { LOG_MEASURES } from '../../model/measure.ts';
import type { Delta, Deltas } from '../rollups/deltas.ts';
import type { RollupIds } from '../rollups/log-facts.ts';
import { kindOfLogMeasure } from '../rollups/log-values.ts';
import { changedBytes, fromRow } from '../rollups/row-blob.ts';
import type { Session } from './connection.ts';
import { type Interned, type Pair, pairKey } from './interned.ts';

export class NewIds implements RollupIds {
  readonly #pairs: Pair[] = [];
  readonly #measures: { project: number; name: string; kind: ScoreKind }[] = [];
  readonly #known = new Map<string, number>();

  pair(project: number, name: string, value: string): number {
    return this.#idOf(pairKey({ project, name, value }), this.#pairs, { project, name, value });
  }

  logMeasure(project: number, index: number): number {
    const name = LOG_MEASURES[index]!;
    return this.#idOf(`${project} ${index}`, this.#measures, { project, name, kind: kindOfLogMeasure(name) });
  }

  /** Ids in place of the numbers below zero. Interns outside of the caller's transaction. */
  async resolve(interned: Interned): Promise<{ pair: (id: number) => number; measure: (id: number) => number }> {
    const pairs = await interned.pairs(this.#pairs);
    const measures: number[] = [];
    for (const { project, name, kind } of this.#measures)
      measures.push(await interned.measure(project, 'log', name, kind));
    return {
      pair: (id) => (id < 0 ? pairs.get(pairKey(this.#pairs[-id - 1]!))! : id),
      measure: (id) => (id < 0 ? measures[-id - 1]! : id),
    };
  }

  #idOf<One>(key: string, list: One[], one: One): number {
    let id = this.#known.get(key);
    if (id === undefined) {
      list.push(one);
      id = -list.length;
      this.#known.set(key, id);
    }
    return id;
  }
}

export type ResolvedIds = Awaited<ReturnType<NewIds['resolve']>>;

interface Key {
  measure: number;
  hour: number;
  pair: number;
}

/** Rows as they are to be; null for one that goes. */
export type ChangedRow = Key & { bytes: Uint8Array | null };

/** What deltas make of the rows that are there. Throws DamagedRollup where they cannot be read, or hold less than is to be taken out. */
export async function changedRows(session: Session, deltas: Deltas, resolved: ResolvedIds): Promise<ChangedRow[]> {
  const touched = touchedRows(deltas, resolved);
  const rows = await session.rows<Key & { summary: Buffer } & Record<string, unknown>>(
    `select r.measure, r.hour, r.pair, r.summary from unnest($1::int[], $2::int[], $3::int[]) as g (measure, hour, pair)
     join rollups r on r.measure = g.measure and r.hour = g.hour and r.pair = g.pair`,
    columnsOf(touched),
  );
  const stored = new Map(rows.map((row) => [keyText(row), row.summary]));
  return touched.map(({ delta, ...key }) => ({
    ...key,
    bytes: fromRow(key, () => changedBytes(stored.get(keyText(key)), delta)),
  }));
}

/** The rows that deltas touch, by their stored ids. */
export function touchedRows(deltas: Deltas, resolved: ResolvedIds): (Key & { delta: Delta })[] {
  const touched: (Key & { delta: Delta })[] = [];
  for (const [measure, hours] of deltas.byMeasure)
    for (const [hour, pairs] of hours)
      for (const [pair, delta] of pairs)
        if (delta.size > 0)
          touched.push({ measure: resolved.measure(measure), hour, pair: resolved.pair(pair), delta });
  return touched;
}

export async function storeRows(session: Session, rows: readonly ChangedRow[]): Promise<void> {
  const [gone, put] = [rows.filter(({ bytes }) => bytes === null), rows.filter(({ bytes }) => bytes !== null)];
  if (gone.length > 0)
    await session.rows(
      `delete from rollups r using unnest($1::int[], $2::int[], $3::int[]) as g (measure, hour, pair)
       where r.measure = g.measure and r.hour = g.hour and r.pair = g.pair`,
      columnsOf(gone),
    );
  if (put.length > 0)
    await session.rows(
      `insert into rollups (measure, hour, pair, summary)
       select * from unnest($1::int[], $2::int[], $3::int[], $4::bytea[])
       on conflict (measure, hour, pair) do update set summary = excluded.summary`,
      [...columnsOf(put), put.map(({ bytes }) => Buffer.from(bytes!))],
    );
}

function columnsOf(keys: readonly Key[]): number[][] {
  return [keys.map(({ measure }) => measure), keys.map(({ hour }) => hour), keys.map(({ pair }) => pair)];
}

export function keyText({ measure, hour, pair }: Key): string {
  return `${measure} ${hour} ${pair}`;
}
