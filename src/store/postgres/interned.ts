/**
 * Projects, properties, measures and origins as small integers. They are assigned outside of the transactions that use them:
 * so they may be remembered whatever becomes of the transaction, and none waits for another's. One that nothing uses in
 * the end does no harm; those of removed logs are removed by unused-names.ts, which is why ids are held (`hold`).
 */
import type { Pool } from 'pg';
import { DEFAULT_PROJECT } from '../store.ts';
import { type Session, sessionOf } from './connection.ts';
import { shareNames } from './locks.ts';

/** Remembered in memory; beyond it all are forgotten and looked up again, since names come from callers. */
const REMEMBERED = 50_000;

export interface Pair {
  project: number;
  name: string;
  value: string;
}

/** `what` and `kind` of a measure; `source`, evaluator and version of an origin. */
type Named = [project: number, one: string, two: string, three: string];

export class Interned {
  readonly #pool: Pool;
  readonly #projects = new Map<string, number>();
  readonly #pairs = new Map<string, number>();
  readonly #names = new Map<string, number>();
  #removedTimes = 0;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Forgets everything: rows were removed. */
  clear(): void {
    for (const remembered of [this.#projects, this.#pairs, this.#names]) remembered.clear();
  }

  /**
   * Keeps ids as they are until the transaction ends, and forgets those that were removed. To be called in a transaction before
   * anything is interned for it.
   */
  async hold(session: Session): Promise<void> {
    await shareNames(session);
    await this.forgetRemoved(session);
  }

  /** Forgets everything where anything was removed since this was last asked. */
  async forgetRemoved(session: Session): Promise<void> {
    const [row] = await session.rows<{ times: number }>('select times from removed_names where id = 1');
    if ((row?.times ?? 0) === this.#removedTimes) return;
    this.clear();
    this.#removedTimes = row!.times;
  }

  /** Number of a project. Throws RangeError for one that does not exist; the default one comes into being. */
  async project(id: string, nowMs: number): Promise<number> {
    const known = this.#projects.get(id);
    if (known !== undefined) return known;
    const session = sessionOf(this.#pool);
    const find = async (): Promise<number | undefined> =>
      (await session.rows<{ seq: number }>('select seq from projects where id = $1', [id]))[0]?.seq;
    let seq = await find();
    if (seq === undefined && id === DEFAULT_PROJECT.id) {
      await session.rows('insert into projects (id, name, created_at_ms) values ($1, $2, $3) on conflict do nothing', [
        id,
        DEFAULT_PROJECT.name,
        nowMs,
      ]);
      seq = await find();
    }
    if (seq === undefined) throw new RangeError(`There is no project ${id}`);
    this.#projects.set(id, seq);
    return seq;
  }

  /** Ids of pairs, by `pairKey`. */
  async pairs(pairs: readonly Pair[]): Promise<ReadonlyMap<string, number>> {
    const wanted = new Map(pairs.map((pair) => [pairKey(pair), pair]));
    const missing = [...wanted].filter(([key]) => !this.#pairs.has(key)).map(([, pair]) => pair);
    const found = new Map([...wanted.keys()].map((key) => [key, this.#pairs.get(key)!]));
    if (missing.length > 0) {
      // In one order everywhere, so that two replicas do not wait for each other.
      missing.sort((one, other) => (pairKey(one) < pairKey(other) ? -1 : 1));
      const values = [
        missing.map(({ project }) => project),
        missing.map(({ name }) => name),
        missing.map(({ value }) => value),
      ];
      const session = sessionOf(this.#pool);
      const given = 'unnest($1::int[], $2::text[], $3::text[]) with ordinality as given (project, name, value, place)';
      // Looked for first: what is refused for being there uses up a number, and most are there.
      const find = async (): Promise<number> => {
        const rows = await session.rows<{ id: number; place: number }>(
          `select p.id, given.place from ${given}
           join properties p on p.project = given.project and p.name = given.name and md5(p.value) = md5(given.value)`,
          values,
        );
        for (const { id, place } of rows) {
          found.set(pairKey(missing[place - 1]!), id);
          this.#remember(this.#pairs, pairKey(missing[place - 1]!), id);
        }
        return rows.length;
      };
      if ((await find()) < missing.length) {
        await session.rows(
          `insert into properties (project, name, value)
           select given.project, given.name, given.value from ${given}
           where not exists (
             select 1 from properties p where p.project = given.project and p.name = given.name and md5(p.value) = md5(given.value))
           order by place on conflict do nothing`,
          values,
        );
        await find();
      }
    }
    return found;
  }

  measure(project: number, what: 'score' | 'outcomes' | 'log', name: string, kind: string): Promise<number> {
    return this.#named('measures (project, what, name, kind)', [project, what, name, kind]);
  }

  /** Evaluator and version are empty where no evaluator gives the scores. */
  origin(project: number, source: string, evaluator: string, version: string): Promise<number> {
    return this.#named('origins (project, source, evaluator, version)', [project, source, evaluator, version]);
  }

  async #named(into: string, columns: Named): Promise<number> {
    const key = JSON.stringify([into, ...columns]);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const [table, ...names] = into.replace(')', '').split(/ \(|, /) as [string, string, string, string, string];
    const session = sessionOf(this.#pool);
    const where = names.map((name, index) => `${name} = $${index + 1}`).join(' and ');
    const find = async (): Promise<number | undefined> =>
      (await session.rows<{ id: number }>(`select id from ${table} where ${where}`, columns))[0]?.id;
    let id = await find();
    if (id === undefined) {
      await session.rows(`insert into ${into} values ($1, $2, $3, $4) on conflict do nothing`, columns);
      id = (await find())!;
    }
    this.#remember(this.#names, key, id);
    return id;
  }

  #remember(where: Map<string, number>, key: string, id: number): void {
    if (where.size >= REMEMBERED) where.clear();
    where.set(key, id);
  }
}

export function pairKey({ project, name, value }: Pair): string {
  return `${project}\0${name}\0${value}`;
}
