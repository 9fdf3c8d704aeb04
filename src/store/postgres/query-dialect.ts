/**
 * Conditions over logs in PostgreSQL's words. Texts compare by their bytes, whatever the database's own collation. What is in a
 * log's bodies no statement sees: how a leaf of texts stands in a condition, whoever makes the statement says.
 */
import type { FilterField, TextLeaf } from '../../model/filter.ts';
import { FILTER_FIELD_KINDS } from '../../model/filter.ts';
import type { Dialect } from '../queries/dialect.ts';
import { FALSE, Sql, sql } from '../queries/sql.ts';
import { isStorable } from '../queries/storable.ts';
import { containsPattern } from './contains-pattern.ts';

const COMPUTED: Partial<Record<FilterField, string>> = {
  id: 'logs.id::text',
  requestId: 'coalesce(logs.request_id, logs.id)::text',
  modelAsked: 'case when (logs.flags & 64) <> 0 then null else coalesce(logs.model_asked, logs.model) end',
  modelAnswered: 'case when (logs.flags & 128) <> 0 then null else coalesce(logs.model_answered, logs.model) end',
  stream: '(logs.flags & 1)',
  // As a double, as everywhere else: sums beyond 2^53 are rounded there.
  totalTokens: '(logs.input_tokens::float8 + logs.output_tokens::float8)',
};

const HOLDS_NUL = { holdsNul: false };

/** `text` is the condition of a leaf that looks for a part of a text; null there is "not known yet". */
export function postgresDialect(text: (leaf: TextLeaf & { contains: string }) => Sql): Dialect {
  return {
    ...HOLDS_NUL,
    field,
    property: propertyValue,
    contains(value, part) {
      const pattern = containsPattern(part);
      return pattern === undefined ? FALSE : sql`(${value} ~ ${pattern})`;
    },
    oneOf,
    isTrue: (value, wanted) => sql`${value} = ${wanted ? 1 : 0}`,
    isId: (name, ids) =>
      ids.length === 0
        ? FALSE
        : sql`${new Sql(name === 'id' ? 'logs.id' : 'coalesce(logs.request_id, logs.id)')} = any(${ids}::uuid[])`,
    text,
    // With an offset it stays what it is: a look into an index for each row. The planner's other ways begin with all rows of a table.
    exists: (query) => sql`exists (${query} offset 0)`,
  };
}

export function field(name: FilterField): Sql {
  const value = COMPUTED[name] ?? `logs.${columnOf(name)}`;
  return new Sql(FILTER_FIELD_KINDS[name] === 'text' ? `(${value} collate "C")` : value);
}

export function propertyValue(name: string): Sql {
  if (!isStorable(name, HOLDS_NUL)) return new Sql('(null::text)');
  return sql`((logs.properties::json ->> ${name}::text) collate "C")`;
}

export function oneOf(value: Sql, list: readonly (string | number)[]): Sql {
  if (list.length === 1) return sql`${value} = ${list[0]!}`;
  if (list.every((one) => typeof one === 'string')) return sql`${value} = any(${list}::text[])`;
  return sql`${value} = any(${list.map(Number)}::float8[])`;
}

/** Name of the column of a field. */
function columnOf(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** For conditions without leaves of texts. */
export const withoutTexts = postgresDialect(() => {
  throw new Error('Texts are read by find-by-text.ts');
});
