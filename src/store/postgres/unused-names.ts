/**
 * Removing interned names and values that nothing refers to any more, in a short transaction of its own behind the removal of
 * logs: while it runs nobody uses ids. SQLite's unused-names.ts says what is looked at.
 */
import type { Pool } from 'pg';
import { fieldName, isFieldName, type RolledLogField } from '../rollups/rolled.ts';
import { readMark, writeMark } from './change-entries.ts';
import { type Session, sessionOf } from './connection.ts';
import { lockNames, lockRollups } from './locks.ts';
import { inTransaction } from './transaction.ts';

/** What removed logs had. */
export interface Names {
  properties?: readonly [name: string, value: string][];
  fields?: readonly [field: RolledLogField, value: string][];
  measures?: readonly number[];
}

const SWEPT = 2;

export class UnusedNames {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async remove(project: number, names: Names): Promise<void> {
    // Looked at without a lock first: nearly always all are used.
    const looked = await unusedOf(sessionOf(this.#pool), project, names);
    if (looked.pairs.length + looked.measures.length === 0) return;
    await inTransaction(this.#pool, async (session) => {
      await lockNames(session);
      await lockRollups(session);
      const { pairs, measures } = await unusedOf(session, project, names);
      if (pairs.length + measures.length === 0) return;
      await session.rows('delete from properties where id = any($1::int[])', [pairs.map(({ id }) => id)]);
      // Without values a name begins anew: no log is left that its rollups would lack.
      await session.rows(
        `delete from rolled_names r where project = $1 and name = any($2::text[])
         and not exists (select 1 from properties p where p.project = r.project and p.name = r.name)`,
        [project, pairs.map(({ name }) => name).filter((name) => !isFieldName(name))],
      );
      await session.rows('delete from measures where id = any($1::int[])', [measures]);
      await session.rows(
        `insert into removed_names (id, times) values (1, 1) on conflict (id) do update set times = removed_names.times + 1`,
      );
      // What was folded under these ids meanwhile is not stored.
      const mark = await readMark(session);
      await writeMark(session, { seq: mark.seq, edits: mark.edits + 1 });
    });
  }

  /** Of all scores of a project. */
  async removeScores(project: number): Promise<void> {
    const rows = await sessionOf(this.#pool).rows<{ id: number }>(
      `select id from measures where project = $1 and what = 'score'`,
      [project],
    );
    await this.remove(project, { measures: rows.map(({ id }) => id) });
  }
}

interface Unused {
  pairs: { id: number; name: string }[];
  measures: number[];
}

async function unusedOf(session: Session, project: number, names: Names): Promise<Unused> {
  const { properties = [], fields = [], measures = [] } = names;
  const ofFields = fields.map(([field, value]): [string, string] => [fieldName(field), value]);
  return {
    pairs: [
      ...(await unusedPairs(
        session,
        project,
        properties,
        // Of a name that is being swept, rollups are found by its values.
        `state is distinct from 1 and not exists (select 1 from log_properties lp where lp.property = p.id)`,
      )),
      ...(await unusedPairs(
        session,
        project,
        ofFields,
        `(state = ${SWEPT} or (state is null and not exists (
           select 1 from rollups r where r.pair = p.id and r.measure in (
             select id from measures where project = p.project and what = 'log' and name = 'durationMs'))))`,
      )),
    ],
    measures: await unusedMeasures(session, measures),
  };
}

async function unusedPairs(
  session: Session,
  project: number,
  pairs: readonly [string, string][],
  condition: string,
): Promise<Unused['pairs']> {
  if (pairs.length === 0) return [];
  return session.rows<{ id: number; name: string }>(
    `select p.id, p.name from unnest($2::text[], $3::text[]) as given (name, value)
     join properties p on p.project = $1 and p.name = given.name and md5(p.value) = md5(given.value)
     left join lateral (select dropped as state from rolled_names r where r.project = p.project and r.name = p.name) s on true
     where ${condition} group by p.id, p.name`,
    [project, pairs.map(([name]) => name), pairs.map(([, value]) => value)],
  );
}

async function unusedMeasures(session: Session, measures: readonly number[]): Promise<number[]> {
  if (measures.length === 0) return [];
  const rows = await session.rows<{ id: number }>(
    `select m.id from measures m where m.id = any($1::int[])
       and not exists (select 1 from scores s where s.measure = m.id and s.number is not null and s.superseded = 0)
       and not exists (select 1 from scores s where s.measure = m.id and s.category is not null and s.superseded = 0)
       and not exists (select 1 from scores s where s.measure = m.id and s.superseded = 1)
       and not exists (select 1 from rollups r where r.measure = m.id)
       and not exists (select 1 from changes c where c.measure = m.id)`,
    [measures],
  );
  return rows.map(({ id }) => id);
}
