/**
 * Folding: settled entries behind the mark, added up and merged into the rows of the rollups that they touch. A step is made ready
 * without any lock, and stored if nobody has written rollups meanwhile: another replica that folds, or whoever changed what is
 * folded already.
 */
import type { Pool } from 'pg';
import { addEntry, type ChangeEntry, noDeltas } from '../rollups/deltas.ts';
import { logFacts, namedValues, originNames } from '../rollups/log-facts.ts';
import { MOST_ROLLED_VALUES } from '../rollups/rolled.ts';
import { DamagedRollup } from '../rollups/row-blob.ts';
import { type Mark, readEntries, readFacts, readMark, writeMark } from './change-entries.ts';
import { type Session, sessionOf } from './connection.ts';
import { Interned } from './interned.ts';
import { lockRollups } from './locks.ts';
import { hourFromRows, replaceHour } from './rebuilt-hour.ts';
import { type ChangedRow, changedRows, NewIds, storeRows } from './rollup-deltas.ts';
import { Settled } from './settled.ts';
import { inTransaction } from './transaction.ts';

/** Rows that a step writes, about: whoever changes what is folded waits for one. */
const MOST_ROWS = 4000;
const MOST_ENTRIES = 8192;
/** Entries that are forgotten at a time. */
const FORGOTTEN = 20_000;

/** `rebuilt`: an hour was made anew, and nothing folded yet. */
export type Folded = 'folded' | 'rebuilt' | 'overtaken' | 'nothing';

export class FoldBatch {
  readonly #pool: Pool;
  readonly #interned: Interned;
  readonly #settled = new Settled('changes_seq_seq');

  /** One connection is enough: a step uses one after another. */
  constructor(pool: Pool) {
    this.#pool = pool;
    this.#interned = new Interned(pool);
  }

  /** How many numbers behind the mark are settled, and the mark. */
  async waiting(): Promise<{ waiting: number; mark: number }> {
    const session = sessionOf(this.#pool);
    const { seq } = await readMark(session);
    const { settled } = await this.#settled.upTo(session);
    return { waiting: Math.max(0, settled - seq), mark: seq };
  }

  async step(): Promise<Folded> {
    const session = sessionOf(this.#pool);
    // First of all: what is read afterwards is of the state that the mark stands for, or a later one, and then it is not stored.
    const mark = await readMark(session);
    await this.#interned.forgetRemoved(session);
    const { settled } = await this.#settled.upTo(session);
    if (settled <= mark.seq) return 'nothing';
    const entries = await readEntries(session, `seq > $1 and seq <= $2 order by seq limit ${MOST_ENTRIES}`, [
      mark.seq,
      settled,
    ]);
    if (entries.length === 0) return 'nothing';
    const facts = await readFacts(session, entries);
    const names = await this.#namesOf(session, facts);
    const ids = new NewIds();
    const folded = logFacts(facts, ids, names.isRolled);
    const deltas = noDeltas();
    let last: ChangeEntry | undefined;
    for (const entry of entries) {
      if (deltas.rows >= MOST_ROWS) break;
      addEntry(deltas, entry, folded);
      last = entry;
    }
    const resolved = await ids.resolve(this.#interned);
    let rows: ChangedRow[];
    try {
      rows = await changedRows(session, deltas, resolved);
    } catch (error) {
      if (!(error instanceof DamagedRollup)) throw error;
      return (await this.#rebuild(error, mark)) ? 'rebuilt' : 'overtaken';
    }
    const isStored = await this.#store(mark, last!.seq, async (writing) => {
      await storeRows(writing, rows);
      await dropNames(writing, names.tooMany);
    });
    return isStored ? 'folded' : 'overtaken';
  }

  /** Makes an hour anew, of which a row cannot be read or lacks what is to be taken out. */
  async #rebuild(damaged: DamagedRollup, mark: Mark): Promise<boolean> {
    const hour = await hourFromRows(sessionOf(this.#pool), this.#interned, damaged, mark);
    return this.#store(mark, mark.seq, (writing) => replaceHour(writing, hour));
  }

  /** Stores what was made ready at a mark. False where rollups were written since. */
  #store(mark: Mark, seq: number, write: (session: Session) => Promise<void>): Promise<boolean> {
    return inTransaction(this.#pool, async (writing) => {
      await lockRollups(writing);
      const now = await readMark(writing);
      if (now.edits !== mark.edits || now.seq !== mark.seq) return false;
      await write(writing);
      await writeMark(writing, { seq, edits: mark.edits + 1 });
      return true;
    });
  }

  /** Removes entries before one that nobody watches any more; never one that is not folded, and never the last of them. */
  async forget(upTo: number): Promise<void> {
    await sessionOf(this.#pool).rows(
      `delete from changes where seq < least($1, (select seq from folded where id = 1))
       and seq < (select min(seq) from changes) + ${FORGOTTEN}`,
      [upTo],
    );
  }

  /** Removes the rollups of names that are no longer rolled up: nothing is written under them any more. */
  async sweep(closing: () => boolean): Promise<void> {
    const session = sessionOf(this.#pool);
    const names = await session.rows<{ project: number; name: string }>(
      'select project, name from rolled_names where dropped = 1',
    );
    for (const { project, name } of names) {
      const measures = await session.rows<{ id: number }>('select id from measures where project = $1', [project]);
      for (const { id } of measures) {
        if (closing()) return;
        await session.rows(
          `delete from rollups where measure = $1 and pair in (select id from properties where project = $2 and name = $3)`,
          [id, project, name],
        );
      }
      await session.rows('update rolled_names set dropped = 2 where project = $1 and name = $2', [project, name]);
    }
  }

  /** Which of the names that logs and origins have are rolled up. */
  async #namesOf(session: Session, facts: Awaited<ReturnType<typeof readFacts>>) {
    const names = new Map<string, [project: number, name: string]>();
    const note = (project: number, pairs: Iterable<[string, string | null]>): void => {
      for (const [name, value] of pairs) if (value !== null) names.set(`${project} ${name}`, [project, name]);
    };
    for (const row of facts.logs.values()) note(row.project, namedValues(row));
    for (const row of facts.origins.values()) note(row.project, originNames(row));
    const list = [...names.values()];
    const rows = await session.rows<{ place: number; dropped: boolean; values: number }>(
      `select place, coalesce(r.dropped > 0, false) as dropped,
         (select count(*) from (
            select 1 from properties p where p.project = g.project and p.name = g.name limit ${MOST_ROLLED_VALUES + 1}
          ) some_values) as "values"
       from unnest($1::int[], $2::text[]) with ordinality as g (project, name, place)
       left join rolled_names r on r.project = g.project and r.name = g.name order by place`,
      [list.map(([project]) => project), list.map(([, name]) => name)],
    );
    const rolled = new Set<string>();
    const tooMany: [project: number, name: string, values: number][] = [];
    for (const { place, dropped, values } of rows) {
      const [project, name] = list[place - 1]!;
      if (values <= MOST_ROLLED_VALUES && !dropped) rolled.add(`${project} ${name}`);
      else if (!dropped) tooMany.push([project, name, values]);
    }
    return { isRolled: (project: number, name: string) => rolled.has(`${project} ${name}`), tooMany };
  }
}

async function dropNames(session: Session, names: readonly [number, string, number][]): Promise<void> {
  for (const [project, name, values] of names)
    await session.rows(
      `insert into rolled_names (project, name, value_count, dropped) values ($1, $2, $3, 1)
       on conflict (project, name) do update set value_count = excluded.value_count, dropped = 1`,
      [project, name, values],
    );
}
