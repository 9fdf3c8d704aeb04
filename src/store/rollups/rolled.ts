/**
 * What rollups are kept of: hours, and for each hour all logs of a project together and those that share a value of one
 * dimension. A dimension is a property, or a field that is kept as a property under a name that no client can send.
 * Adding up stands in deltas.ts, what a row holds in row-blob.ts.
 */
import type { Filter } from '../../model/filter.ts';
import { propertyName } from '../../model/property.ts';
import type { Dimension, GroupField } from '../../model/measure.ts';

export const HOUR_MS = 3_600_000;

/** The pair of all logs of a project. */
export const ALL_LOGS = 0;

/** A name with more values than these is no longer rolled up: its rows would outnumber the logs, and no chart has as many lines. */
export const MOST_ROLLED_VALUES = 200;

/** Names of properties are what HTTP headers and JSON bring in lower case; a control character is in none of them. */
const FIELD_PREFIX = '\u0001';

const LOG_FIELDS = ['model', 'provider', 'upstream'] as const;
/** Fields of a log that are rolled up. */
export type RolledLogField = (typeof LOG_FIELDS)[number];
export const ROLLED_LOG_FIELDS: readonly RolledLogField[] = LOG_FIELDS;

/** The names under which scores are rolled up by who gave them. */
export const SOURCE_NAME = fieldName('source');
export const EVALUATOR_VERSION_NAME = fieldName('evaluatorVersion');

/** The name under which a field's values are kept. */
export function fieldName(field: RolledLogField | 'source' | 'evaluatorVersion'): string {
  return FIELD_PREFIX + field;
}

/** Whether a name is one of ours: clients must not send it, and lists of properties leave it out. */
export function isFieldName(name: string): boolean {
  return name.startsWith(FIELD_PREFIX);
}

/** The hour that a time lies in, since the epoch. */
export function hourOf(ms: number): number {
  return Math.floor(ms / HOUR_MS);
}

/** What an evaluator's version is called where scores are grouped by it. Null where no evaluator scored. */
export function evaluatorVersionOf(origin: { evaluator: string; version: string }): string | null {
  return origin.evaluator === '' ? null : `${origin.evaluator}@${origin.version}`;
}

/** The name under which a dimension is rolled up; undefined where it is not. */
export function nameOfDimension(dimension: Dimension): string | undefined {
  if ('property' in dimension) return propertyName(dimension.property);
  return isRolledField(dimension.field) ? fieldName(dimension.field) : undefined;
}

/** Logs with one of these values under this name; a null name are all logs. */
export interface RolledSlice {
  name: string | null;
  values: string[];
}

/** The filter as a slice that rollups hold; undefined where they hold none of it. */
export function rolledSlice(filter: Filter | null): RolledSlice | undefined {
  if (filter === null) return { name: null, values: [] };
  if ('and' in filter) {
    if (filter.and.length > 1) return undefined;
    return rolledSlice(filter.and[0] ?? null);
  }
  if ('property' in filter) return slice(propertyName(filter.property), filter);
  if ('field' in filter && (ROLLED_LOG_FIELDS as readonly string[]).includes(filter.field))
    return slice(fieldName(filter.field as RolledLogField), filter);
  return undefined;
}

function slice(name: string, leaf: object): RolledSlice | undefined {
  const { field: _field, property: _property, ...conditions } = leaf as Record<string, unknown>;
  const given = Object.keys(conditions).filter((key) => conditions[key] !== undefined);
  if (given.length !== 1) return undefined;
  if (given[0] === 'equals') return { name, values: [String(conditions.equals)] };
  if (given[0] === 'in') return { name, values: [...new Set((conditions.in as unknown[]).map(String))] };
  return undefined;
}

function isRolledField(field: GroupField): field is RolledLogField | 'source' | 'evaluatorVersion' {
  return field === 'source' || field === 'evaluatorVersion' || (ROLLED_LOG_FIELDS as readonly string[]).includes(field);
}
