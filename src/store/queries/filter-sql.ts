/**
 * From a filter to a condition on the row `logs`, true and false (never null) of exactly the logs that `matches` of
 * model/filter-match.ts accepts. What has to be looked up first (which values of a property satisfy a leaf) is handed in;
 * finding rows by index is left to the engines.
 */
import {
  type EvaluationLeaf,
  type FieldLeaf,
  FILTER_FIELD_KINDS,
  type Filter,
  type PropertyLeaf,
  type TextLeaf,
} from '../../model/filter.ts';
import { propertyName } from '../../model/property.ts';
import type { Dialect } from './dialect.ts';
import { numberConditions, textConditions } from './comparisons.ts';
import { type ScoreMeasures, scoreSql } from './score-sql.ts';
import { all, any, FALSE, Sql, sql, TRUE } from './sql.ts';
import { isStorable } from './storable.ts';

/** Values of a property that satisfy a leaf, with the numbers that they are interned under. */
export interface MatchingPairs {
  ids: readonly number[];
  values: readonly string[];
}

export interface FilterContext {
  dialect: Dialect;
  /** Number of the project. */
  project: number;
  /** The log's number and start, as the statement calls them: of the row `logs`, or of what leads to it. */
  log: Sql;
  startedAtMs: Sql;
  /** Of the scores that the filter names. */
  measures: ScoreMeasures;
  /** For each property leaf that compares: the values that satisfy it. */
  pairs: ReadonlyMap<PropertyLeaf, MatchingPairs>;
}

/** So many values are looked for one by one in the index of properties; more are compared with the row's own. */
const PROBED_PAIRS = 4;
const SUBJECTS = new Set(['field', 'property', 'text', 'score', 'evaluation']);

export function filterSql(filter: Filter, context: FilterContext): Sql {
  if ('and' in filter) return all(filter.and.map((part) => filterSql(part, context)));
  if ('or' in filter) return any(filter.or.map((part) => filterSql(part, context)));
  if ('not' in filter) return sql`(not ${filterSql(filter.not, context)})`;
  if ('score' in filter) return scoreSql(filter, context);
  if ('evaluation' in filter) return evaluationSql(filter, context);
  if ('property' in filter) return propertySql(filter, context);
  if ('text' in filter) return textSql(filter, context);
  return fieldSql(filter, context);
}

/** Names of the comparisons that a leaf makes. */
export function comparisonsOf(leaf: object): string[] {
  return Object.keys(leaf).filter((key) => !SUBJECTS.has(key));
}

/** Whether a leaf asks for the value's presence and nothing else. */
export function asksPresence(leaf: object): boolean {
  const comparisons = comparisonsOf(leaf);
  return comparisons.length === 0 || (comparisons.length === 1 && comparisons[0] === 'present');
}

function fieldSql(leaf: FieldLeaf, { dialect }: FilterContext): Sql {
  const { field } = leaf;
  const value = dialect.field(field);
  if (leaf.present === false) return asksPresence(leaf) ? sql`(${value} is null)` : FALSE;
  if (asksPresence(leaf)) return sql`(${value} is not null)`;
  const kind = FILTER_FIELD_KINDS[field];
  if (kind === 'number') return certain(value, numberConditions(value, leaf, dialect));
  if (kind === 'boolean') {
    const conditions: Sql[] = [];
    for (const list of [leaf.equals === undefined ? undefined : [leaf.equals], leaf.in])
      if (list)
        conditions.push(
          any(
            [true, false]
              .filter((one) => list.map(String).includes(String(one)))
              .map((one) => dialect.isTrue(value, one)),
          ),
        );
    return certain(value, conditions);
  }
  if (field !== 'id' && field !== 'requestId') return certain(value, textConditions(value, leaf, dialect));
  const { equals, in: list, ...rest } = leaf;
  const conditions = textConditions(value, rest, dialect);
  if (equals !== undefined) conditions.push(dialect.isId(field, [String(equals)].filter(isPlainUuid)));
  if (list) conditions.push(dialect.isId(field, list.map(String).filter(isPlainUuid)));
  return certain(value, conditions);
}

function isPlainUuid(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);
}

function propertySql(leaf: PropertyLeaf, { dialect, log, startedAtMs, pairs }: FilterContext): Sql {
  const name = propertyName(leaf.property);
  if (asksPresence(leaf)) {
    if (!isStorable(name, dialect)) return leaf.present === false ? TRUE : FALSE;
    const value = dialect.property(name);
    return leaf.present === false ? sql`(${value} is null)` : sql`(${value} is not null)`;
  }
  const { ids, values } = pairs.get(leaf) ?? { ids: [], values: [] };
  if (leaf.present === false || ids.length === 0) return FALSE;
  if (ids.length > PROBED_PAIRS) {
    const value = dialect.property(name);
    return certain(value, [dialect.oneOf(value, values)]);
  }
  return any(
    ids.map((id) =>
      dialect.exists(
        sql`select 1 from log_properties where property = ${id} and started_at_ms = ${startedAtMs} and log = ${log}`,
      ),
    ),
  );
}

function evaluationSql(
  { evaluation, equals, in: list, present }: EvaluationLeaf,
  { dialect, log }: FilterContext,
): Sql {
  const compares = equals !== undefined || list !== undefined;
  if (present === false && compares) return FALSE;
  if (!isStorable(evaluation, dialect)) return present === false ? TRUE : FALSE;
  const last = sql`select 1 from evaluations where log = ${log} and evaluator = ${evaluation} and superseded = 0`;
  if (present === false) return sql`(not ${dialect.exists(last)})`;
  const wanted = [equals === undefined ? TRUE : sql`outcome = ${equals}`];
  if (list) wanted.push(dialect.oneOf(new Sql('outcome'), list));
  return dialect.exists(sql`${last} and ${all(wanted)}`);
}

/** A log always has texts, be they empty. */
function textSql(leaf: TextLeaf, { dialect }: FilterContext): Sql {
  if (leaf.present === false) return FALSE;
  return leaf.contains === undefined ? TRUE : dialect.text({ ...leaf, contains: leaf.contains });
}

/** All of the conditions, and false where the value is null. */
function certain(value: Sql, conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? sql`(${value} is not null)` : sql`(${all(conditions)} is true)`;
}
