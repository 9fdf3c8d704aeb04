/**
 * From deltas to rows of the rollups. While changes are added up, names and values go by numbers below zero; their ids are found, or
 * made, for all of them at once. Whoever writes rollups holds the lock of them.
 */
import type { ScoreKind } from '../../model/score.ts';
import { LOG_MEASURES } from '../aggregates.ts';
import type { Delta, Deltas } from '../rollups/deltas.ts';
import type { RollupIds } from '../rollups/log-facts.ts';
import { kindOfLogMeasure } from '../rollups/log-values.ts';
import { changedBytes } from '../rollups/row-blob.ts';
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

interface Key {
  measure: number;
  hour: number;
  pair: number;
}

/** Rows as they are to be; null for one that goes. */
export type ChangedRow = Key & { bytes: Uint8Array | null };

/** What deltas make of the rows that are there. Throws RollupMismatch where they hold less than is to be taken out. */
export async function changedRows(
  session: Session,
  deltas: Deltas,
  resolved: Awaited<ReturnType<NewIds['resolve']>>,
): Promise<ChangedRow[]> {
  const touched = new Map<string, Key & { delta: Delta }>();
  for (const [measure, hours] of deltas.byMeasure)
    for (const [hour, pairs] of hours)
      for (const [pair, delta] of pairs) {
        if (delta.size === 0) continue;
        const key = { measure: resolved.measure(measure), hour, pair: resolved.pair(pair) };
        touched.set(keyText(key), { ...key, delta });
      }
  const keys = [...touched.values()];
  const rows = await session.rows<Key & { summary: Buffer } & Record<string, unknown>>(
    `select r.measure, r.hour, r.pair, r.summary from unnest($1::int[], $2::int[], $3::int[]) as g (measure, hour, pair)
     join rollups r on r.measure = g.measure and r.hour = g.hour and r.pair = g.pair`,
    columnsOf(keys),
  );
  const stored = new Map(rows.map((row) => [keyText(row), row.summary]));
  return keys.map(({ delta, ...key }) => ({ ...key, bytes: changedBytes(stored.get(keyText(key)), delta) }));
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

function keyText({ measure, hour, pair }: Key): string {
  return `${measure} ${hour} ${pair}`;
}
