/** Conditions over logs in SQLite's words, and the functions that they call, which JavaScript answers. */
import type { FilterField } from '../../model/filter.ts';
import { containsText } from '../../model/filter-match.ts';
import type { Dialect } from '../queries/dialect.ts';
import { any, FALSE, Sql, sql } from '../queries/sql.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const COMPUTED: Partial<Record<FilterField, string>> = {
  id: 'gw_uuid(logs.id)',
  requestId: 'gw_uuid(coalesce(logs.request_id, logs.id))',
  modelAsked: 'case when logs.flags & 64 then null else coalesce(logs.model_asked, logs.model) end',
  modelAnswered: 'case when logs.flags & 128 then null else coalesce(logs.model_answered, logs.model) end',
  stream: '(logs.flags & 1)',
  // As a double, as everywhere else: sums beyond 2^53 are rounded there.
  totalTokens: '(cast(logs.input_tokens as real) + logs.output_tokens)',
};

/** At most so many values are bound one by one; SQLite takes 32,766 in all, and a filter has at most 500 lists. */
const BOUND_VALUES = 60;

export const sqliteDialect: Dialect = {
  holdsNul: true,
  field: (name) => new Sql(COMPUTED[name] ?? `logs.${columnOf(name)}`),
  property: (name) => sql`gw_property(logs.properties, ${name})`,
  contains: (text, part) => sql`gw_contains(${text}, ${JSON.stringify(part)})`,
  oneOf: (value, list) => {
    if (list.length === 1) return sql`${value} = ${list[0]!}`;
    const texts = list.filter((one) => typeof one === 'string' || Number.isSafeInteger(one));
    // SQLite's own reading of other numbers may differ in the last digit: their bits go in instead.
    const numbers = list.filter((one): one is number => typeof one === 'number' && !Number.isSafeInteger(one));
    const conditions: Sql[] = [];
    if (texts.length > 0 || numbers.length === 0)
      conditions.push(sql`${value} in (select value from json_each(${JSON.stringify(texts)}))`);
    if (numbers.length > BOUND_VALUES)
      conditions.push(sql`gw_number_in(${value}, ${new Uint8Array(Float64Array.from(numbers).buffer)})`);
    else for (const number of numbers) conditions.push(sql`${value} = ${number}`);
    return any(conditions);
  },
  isTrue: (value, wanted) => sql`${value} = ${wanted ? 1 : 0}`,
  isId: (field, ids) => {
    if (ids.length === 0) return FALSE;
    const value = new Sql(field === 'id' ? 'logs.id' : 'coalesce(logs.request_id, logs.id)');
    if (ids.length === 1) return sql`${value} = ${bytesOfUuid(ids[0]!)}`;
    return sql`lower(hex(${value})) in (select value from json_each(${JSON.stringify(ids.map((id) => id.replaceAll('-', '')))}))`;
  },
  text: ({ text, contains }) => sql`text_contains(logs.seq, ${text}, ${contains})`,
  exists: (query) => sql`exists (${query})`,
};

/** Name of the column of a field, where it has one. */
function columnOf(field: string): string {
  return field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Adds the functions that conditions call; those of texts are in text-functions.ts. */
export function addQueryFunctions(connection: Connection): void {
  const options = { deterministic: true };
  connection.function('gw_uuid', options, (bytes: unknown) => uuidOfBytes(bytes as Uint8Array));
  connection.function('gw_contains', options, (text: unknown, part: unknown) =>
    text === null ? null : containsText(text as string, JSON.parse(part as string) as string) ? 1 : 0,
  );
  connection.function('gw_property', options, (json: unknown, name: unknown) =>
    json === null ? null : propertyOf(json as string, name as string),
  );
  connection.function('gw_number_in', options, (value: unknown, bytes: unknown) => {
    const list = new Float64Array(new Uint8Array(bytes as Uint8Array).buffer);
    return value === null ? null : list.includes(value as number) ? 1 : 0;
  });
}

/** JSON.parse makes `__proto__` an own key, like any other. */
function propertyOf(json: string, name: string): string | null {
  const properties = JSON.parse(json) as Record<string, string>;
  return Object.hasOwn(properties, name) ? properties[name]! : null;
}
