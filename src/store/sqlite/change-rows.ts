/** Entries of `changes` as folding takes them, and the mark up to which they are folded. */
import type { ChangeEntry } from '../rollups/deltas.ts';
import type { Connection } from './connection.ts';

/** The columns of an entry, in the shape of ChangeEntry: a value is a number or a category. */
export const CHANGE_COLUMNS = `seq, project, log, what, measure, origin, coalesce(old_number, old_category) as was,
  coalesce(new_number, new_category) as now`;

export interface Mark {
  /** The last change that rollups hold. */
  seq: number;
  edits: number;
}

export function readMark(connection: Connection): Mark {
  const row = connection.prepare('select seq, edits from folded where id = 1').get() as Mark | undefined;
  return row ?? { seq: 0, edits: 0 };
}

export type { ChangeEntry };
