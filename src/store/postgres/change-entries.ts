/**
 * Entries of `changes` as folding takes them, the mark up to which they are folded, and the rows that they speak of, which are read
 * for many entries at once.
 */
import type { ChangeEntry } from '../rollups/deltas.ts';
import { FACT_COLUMNS, type FactRow, type FactRows, type OriginRow } from '../rollups/log-facts.ts';
import type { Session } from './connection.ts';

const COLUMNS = `seq, project, log, what, measure, origin, old_number as "oldNumber", old_category as "oldCategory",
  new_number as "newNumber", new_category as "newCategory"`;

interface Row extends Omit<ChangeEntry, 'was' | 'now'> {
  oldNumber: number | null;
  oldCategory: string | null;
  newNumber: number | null;
  newCategory: string | null;
}

export interface Mark {
  /** The last change that rollups hold. */
  seq: number;
  edits: number;
}

export async function readMark(session: Session): Promise<Mark> {
  const [row] = await session.rows<Mark & Record<string, unknown>>('select seq, edits from folded where id = 1');
  return row ?? { seq: 0, edits: 0 };
}

export async function writeMark(session: Session, { seq, edits }: Mark): Promise<void> {
  await session.rows(
    `insert into folded (id, seq, edits) values (1, $1, $2)
     on conflict (id) do update set seq = excluded.seq, edits = excluded.edits`,
    [seq, edits],
  );
}

/** Entries that satisfy a condition with `$1`, `$2` and so on, ascending unless it says otherwise. */
export async function readEntries(session: Session, where: string, values: readonly unknown[]): Promise<ChangeEntry[]> {
  const rows = await session.rows<Row & Record<string, unknown>>(
    `select ${COLUMNS} from changes where ${where}`,
    values,
  );
  return rows.map(({ oldNumber, oldCategory, newNumber, newCategory, ...row }) => ({
    ...row,
    was: oldNumber ?? oldCategory,
    now: newNumber ?? newCategory,
  }));
}

/** The logs and the origins that entries are of. */
export async function readFacts(
  session: Session,
  of: Iterable<{ log: number; origin: number | null }>,
): Promise<FactRows & { logs: ReadonlyMap<number, FactRow>; origins: ReadonlyMap<number, OriginRow> }> {
  const [seqs, ids] = [new Set<number>(), new Set<number>()];
  for (const { log, origin } of of) {
    seqs.add(log);
    if (origin !== null) ids.add(origin);
  }
  const logs = await session.rows<FactRow & { seq: number } & Record<string, unknown>>(
    `select seq, ${FACT_COLUMNS} from logs l where seq = any($1::bigint[])`,
    [[...seqs]],
  );
  const origins = await session.rows<OriginRow & { id: number } & Record<string, unknown>>(
    'select id, project, source, evaluator, version from origins where id = any($1::int[])',
    [[...ids]],
  );
  const found = {
    logs: new Map<number, FactRow>(logs.map((row) => [row.seq, row])),
    origins: new Map<number, OriginRow>(origins.map((row) => [row.id, row])),
  };
  return { ...found, log: (seq) => found.logs.get(seq), origin: (id) => found.origins.get(id) };
}
