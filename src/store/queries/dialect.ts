/** What a condition over logs needs an engine to say in its own words. Everything else is the same SQL on all of them. */
import type { FilterField, TextLeaf } from '../../model/filter.ts';
import type { Sql } from './sql.ts';

export interface Dialect {
  /** The value of a field of the row `logs`, null where absent. Texts compare by code point. */
  field(name: FilterField): Sql;
  /** The value of a property of the row `logs` as text, null where it has none. */
  property(name: string): Sql;
  /** Whether a text has a part, without case as JavaScript understands it. */
  contains(text: Sql, part: string): Sql;
  /** Whether a value is one of a list, which may be long. */
  oneOf(value: Sql, list: readonly (string | number)[]): Sql;
  /** Whether a field that is yes or no is so. */
  isTrue(value: Sql, wanted: boolean): Sql;
  /** Whether the id of a field is one of these UUIDs, in lower case. */
  isId(field: 'id' | 'requestId', ids: readonly string[]): Sql;
  /** Whether a text of the log satisfies a leaf that looks for a part of it. */
  text(leaf: TextLeaf & { contains: string }): Sql;
  /** Whether a query has rows for the log: one look into an index each time. */
  exists(query: Sql): Sql;
  /** False where stored texts cannot hold U+0000. */
  readonly holdsNul: boolean;
}
