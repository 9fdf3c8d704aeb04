/**
 * Where logs of a slice can be found by index, as SQLite's log-sources.ts has it: ways to walk logs, and sets of candidates. The order
 * in which tables are read is not left to the planner: from what was found each row is looked up by its number.
 */
import type { FieldLeaf, Filter, Leaf, ScoreLeaf } from '../../model/filter.ts';
import { unscoredOutcomes } from '../queries/conjuncts.ts';
import { asksPresence, type FilterContext } from '../queries/filter-sql.ts';
import { kindConditions } from '../queries/score-sql.ts';
import { all, joined, Sql, sql } from '../queries/sql.ts';
import { isStorable } from '../queries/storable.ts';
import { monthOf, MONTH_STEP } from './partitions.ts';
import { oneOf } from './query-dialect.ts';

/** Half-open, in milliseconds; null has no end. */
export interface Range {
  fromMs: number | null;
  toMs: number | null;
}

/** A part of a statement that finds logs, each once. */
export interface Source {
  from: Sql;
  conditions: Sql[];
  /** The log's number and start as the source knows them, before the row `logs` is read. */
  log: Sql;
  startedAtMs: Sql;
  /** The conjunct of the filter that every log of the source satisfies. */
  holds: Filter | null;
  /** Where the source tells all there is to know of its logs: the same without their rows. */
  bare: Sql | undefined;
}

export interface Candidates {
  /** A query of one column, `log`; a log may come more than once. */
  logs: Sql;
  holds: Filter;
  /** The same as a walk by start, where there is one. */
  walk: Source | undefined;
}

/** Parts of an `or` that are looked up each by its own index. */
const MOST_UNITED = 12;
/** Ids that are looked up one by one. */
const MOST_IDS = 1000;
/** JavaScript's last moment. */
const LAST_DATE_MS = 8.64e15;
const SEQ = new Sql('logs.seq');
const STARTED = new Sql('logs.started_at_ms');
/** The row of a log that was found, looked up by its number: with an offset nothing else can be made of it. */
const ROW = new Sql('cross join lateral (select * from logs where logs.seq = found.log offset 0) logs');

/** All logs of the project, by start. */
export function projectSource(project: number, range: Range): Source {
  const conditions = [sql`logs.project = ${project}`, ...within(STARTED, SEQ, range)];
  return { from: new Sql('logs'), conditions, log: SEQ, startedAtMs: STARTED, holds: null, bare: undefined };
}

/** The logs of a set of candidates, in no order. */
export function candidateSource({ logs, holds }: Omit<Candidates, 'walk'>, project: number, range: Range): Source {
  const log = new Sql('found.log');
  return {
    from: sql`(select distinct log from (${logs}) candidates offset 0) found ${ROW}`,
    conditions: [sql`logs.project = ${project}`, ...within(STARTED, log, range)],
    log,
    startedAtMs: STARTED,
    holds,
    bare: undefined,
  };
}

/** What the indexes have for a conjunct; undefined where none helps. */
export function candidatesOf(conjunct: Filter, context: FilterContext, range: Range): Candidates | undefined {
  if ('and' in conjunct || 'not' in conjunct) return undefined;
  if ('or' in conjunct) {
    if (conjunct.or.length === 0 || conjunct.or.length > MOST_UNITED) return undefined;
    const parts = conjunct.or.map((part) => candidatesOf(part, context, range));
    if (parts.includes(undefined)) return undefined;
    const logs = joined(
      parts.map((part) => sql`(${part!.logs})`),
      ' union all ',
    );
    return { logs, holds: conjunct, walk: undefined };
  }
  return leafCandidates(conjunct, context, range);
}

function leafCandidates(leaf: Leaf, context: FilterContext, range: Range): Candidates | undefined {
  if (leaf.present === false) return undefined;
  if ('score' in leaf) return scoreCandidates(leaf, context, range);
  if ('property' in leaf) {
    if (asksPresence(leaf)) return undefined;
    return propertyCandidates(context.pairs.get(leaf)?.ids ?? [], range, leaf);
  }
  if ('evaluation' in leaf) {
    const wanted = unscoredOutcomes(leaf);
    if (wanted === undefined || !isStorable(leaf.evaluation, context.dialect)) return undefined;
    const logs = sql`select log from evaluations where evaluator = ${leaf.evaluation}
      and ${oneOf(new Sql('outcome'), wanted)} and outcome <> 'scored' and superseded = 0
      and ${all(ofMonths(new Sql('log'), range))}`;
    return { logs, holds: leaf, walk: undefined };
  }
  return 'field' in leaf ? fieldCandidates(leaf, context, range) : undefined;
}

/** Which fields an index leads to, by equality alone. */
function fieldCandidates(leaf: FieldLeaf, { project, dialect }: FilterContext, range: Range): Candidates | undefined {
  const { field, equals, in: list } = leaf;
  const wanted = (equals === undefined ? list : [equals])?.map(String);
  // Further comparisons of the leaf are not in the index: `holds` would say too much.
  if (wanted === undefined || Object.keys(leaf).length > 2) return undefined;
  const texts = wanted.filter((one) => isStorable(one, dialect));
  if (field === 'userId') return columnCandidates('user_id', texts, leaf, { project, range });
  if (field === 'sessionId') return columnCandidates('session_id', texts, leaf, { project, range });
  if (field === 'providerResponseId') {
    const isOne = oneOf(new Sql('provider_response_id'), texts);
    const logs = sql`select seq as log from logs where ${isOne} and provider_response_id is not null`;
    return { logs, holds: leaf, walk: undefined };
  }
  if (field !== 'id' && field !== 'requestId') return undefined;
  if (wanted.length > MOST_IDS || !wanted.every((one) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(one)))
    return undefined;
  const logs =
    field === 'id'
      ? sql`select seq as log from log_ids where id = any(${wanted}::uuid[])`
      : sql`select seq as log from logs where id = any(${wanted}::uuid[]) and request_id is null
          union all select seq as log from logs where request_id = any(${wanted}::uuid[])`;
  return { logs, holds: leaf, walk: undefined };
}

function columnCandidates(
  name: 'user_id' | 'session_id',
  values: string[],
  holds: Filter,
  { project, range }: { project: number; range: Range },
): Candidates {
  const column = new Sql(`logs.${name}`);
  // In the words of the partial index.
  const conditions = [
    sql`logs.project = ${project} and ${column} is not null and ${oneOf(column, values)}`,
    ...within(STARTED, SEQ, range),
  ];
  const from = new Sql('logs');
  const logs = sql`select logs.seq as log from ${from} where ${all(conditions)}`;
  const walk: Source = { from, conditions, log: SEQ, startedAtMs: STARTED, holds, bare: undefined };
  return { logs, holds, walk: values.length === 1 ? walk : undefined };
}

function scoreCandidates(leaf: ScoreLeaf, context: FilterContext, range: Range): Candidates {
  const kinds = kindConditions(leaf, context).map(({ kind, measure, value, origin }) => {
    // In the words of the partial indexes, or they would not be taken.
    const column = new Sql(kind === 'category' ? 's.category' : 's.number');
    const conditions = [sql`s.measure = ${measure} and ${column} is not null and s.superseded = 0`, value];
    if (origin) conditions.push(origin);
    conditions.push(...ofMonths(new Sql('s.log'), range));
    return sql`select s.log as log from scores s where ${all(conditions)}`;
  });
  const logs = kinds.length === 0 ? new Sql('select seq as log from logs where 1 = 0') : joined(kinds, ' union all ');
  return { logs, holds: leaf, walk: undefined };
}

function propertyCandidates(ids: readonly number[], range: Range, holds: Filter): Candidates {
  const [log, started] = [new Sql('log'), new Sql('started_at_ms')];
  const isOne = ids.length === 1 ? sql`property = ${ids[0]!}` : sql`property = any(${ids}::int[])`;
  const bare = sql`select log, started_at_ms from log_properties where ${all([isOne, ...within(started, log, range)])}`;
  const walk: Source = {
    from: sql`(${bare}) found ${ROW}`,
    conditions: [],
    log: new Sql('found.log'),
    startedAtMs: new Sql('found.started_at_ms'),
    holds,
    bare,
  };
  return { logs: sql`select log from (${bare}) pairs`, holds, walk: ids.length === 1 ? walk : undefined };
}

function within(started: Sql, log: Sql, range: Range): Sql[] {
  const { fromMs, toMs } = range;
  const conditions: Sql[] = [];
  // Starts are whole, and with a whole bound the index is used.
  if (fromMs !== null) conditions.push(sql`${started} >= ${Math.ceil(fromMs)}`);
  if (toMs !== null) conditions.push(sql`${started} < ${Math.ceil(toMs)}`);
  return [...conditions, ...ofMonths(log, range)];
}

/** The months that a range touches, as numbers of logs: the partitions of others are not looked at. */
function ofMonths(log: Sql, { fromMs, toMs }: Range): Sql[] {
  const conditions: Sql[] = [];
  if (fromMs !== null && isDate(fromMs)) conditions.push(sql`${log} >= ${monthOf(fromMs) * MONTH_STEP}`);
  if (toMs !== null && isDate(toMs)) conditions.push(sql`${log} < ${(monthOf(toMs) + 1) * MONTH_STEP}`);
  return conditions;
}

/** Other times have no month. */
function isDate(ms: number): boolean {
  return Math.abs(ms) <= LAST_DATE_MS;
}
