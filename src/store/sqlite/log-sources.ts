/**
 * Where logs of a slice can be found by index. A source is a way to walk logs, or a set of candidates from the index of a leaf
 * that must hold; which one is taken is decided in find-logs.ts, by how many each has.
 */
import type { EvaluationLeaf, FieldLeaf, Filter, Leaf, ScoreLeaf } from '../../model/filter.ts';
import { unscoredOutcomes } from '../queries/conjuncts.ts';
import { asksPresence, type FilterContext } from '../queries/filter-sql.ts';
import { kindConditions } from '../queries/score-sql.ts';
import { all, joined, Sql, sql } from '../queries/sql.ts';
import { sqliteDialect } from './query-dialect.ts';
import { bytesOfUuid } from './uuid.ts';

/** Half-open, in milliseconds; null has no end. */
export interface Range {
  fromMs: number | null;
  toMs: number | null;
}

/** A part of a statement that finds logs. */
export interface Source {
  from: Sql;
  conditions: Sql[];
  /** The log's number and start as the source knows them, before the row `logs` is read. */
  log: Sql;
  startedAtMs: Sql;
  /** The conjunct of the filter that every log of the source satisfies. */
  holds: Filter | null;
}

export interface Candidates {
  /** A query of one column, `log`; a log may come more than once. */
  logs: Sql;
  holds: Filter;
  /** The same as a walk by start, where there is one. */
  walk: Source | undefined;
}

/** Parts of an `or` that are looked up each by its own index; of two such levels, with three kinds of scores, SQLite takes 500. */
const MOST_UNITED = 12;
/** Ids that are looked up one by one. */
const MOST_IDS = 1000;
const SEQ = new Sql('logs.seq');
const STARTED = new Sql('logs.started_at_ms');

/** All logs of the project, by start. */
export function projectSource(project: number, range: Range, byStart: boolean): Source {
  return {
    from: new Sql(byStart ? 'logs indexed by logs_started' : 'logs'),
    conditions: [sql`logs.project = ${project}`, ...within(STARTED, range)],
    log: SEQ,
    startedAtMs: STARTED,
    holds: null,
  };
}

/** The logs of a set of candidates, in no order. */
export function candidateSource({ logs, holds }: Candidates, project: number, range: Range): Source {
  return {
    // The cross join keeps this order: from the candidates to their rows.
    from: sql`(select distinct log from (${logs})) found cross join logs on logs.seq = found.log`,
    conditions: [sql`logs.project = ${project}`, ...within(STARTED, range)],
    log: new Sql('found.log'),
    startedAtMs: STARTED,
    holds,
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
      parts.map((part) => sql`select log from (${part!.logs})`),
      ' union all ',
    );
    return { logs, holds: conjunct, walk: undefined };
  }
  return leafCandidates(conjunct, context, range);
}

function leafCandidates(leaf: Leaf, context: FilterContext, range: Range): Candidates | undefined {
  if (leaf.present === false) return undefined;
  if ('score' in leaf) return scoreCandidates(leaf, context);
  if ('property' in leaf) {
    if (asksPresence(leaf)) return undefined;
    const ids = context.pairs.get(leaf)?.ids ?? [];
    const started = new Sql('started_at_ms');
    const logs = sql`select log from log_properties
      where ${sqliteDialect.oneOf(new Sql('property'), ids)} and ${all(within(started, range))}`;
    return { logs, holds: leaf, walk: ids.length === 1 ? propertyWalk(ids[0]!, range, leaf) : undefined };
  }
  if ('evaluation' in leaf) return evaluationCandidates(leaf);
  return 'field' in leaf ? fieldCandidates(leaf, context, range) : undefined;
}

/** Outcomes other than `scored`, which most looks have and no index holds. */
function evaluationCandidates(leaf: EvaluationLeaf): Candidates | undefined {
  const wanted = unscoredOutcomes(leaf);
  if (wanted === undefined) return undefined;
  const logs = sql`select log from evaluations where evaluator = ${leaf.evaluation}
    and ${sqliteDialect.oneOf(new Sql('outcome'), wanted)} and outcome <> 'scored' and superseded = 0`;
  return { logs, holds: leaf, walk: undefined };
}

/** Which fields an index leads to, by equality alone. */
function fieldCandidates(leaf: FieldLeaf, { project }: FilterContext, range: Range): Candidates | undefined {
  const { field, equals, in: list } = leaf;
  const wanted = (equals === undefined ? list : [equals])?.map(String);
  // Further comparisons of the leaf are not in the index: `holds` would say too much.
  if (wanted === undefined || Object.keys(leaf).length > 2) return undefined;
  const texts = wanted.filter((one) => one.isWellFormed());
  if (field === 'userId') return columnCandidates('user_id', texts, leaf, { project, range });
  if (field === 'sessionId') return columnCandidates('session_id', texts, leaf, { project, range });
  if (field === 'providerResponseId') {
    const isOne = sqliteDialect.oneOf(new Sql('provider_response_id'), texts);
    const logs = sql`select seq as log from logs where ${isOne} and provider_response_id is not null`;
    return { logs, holds: leaf, walk: undefined };
  }
  if (field !== 'id' && field !== 'requestId') return undefined;
  if (wanted.length > MOST_IDS || !wanted.every((one) => /^[0-9a-f-]{36}$/.test(one))) return undefined;
  const ids = joined(
    wanted.map((one) => sql`${bytesOfUuid(one)}`),
    ', ',
  );
  const own = sql`select seq as log from logs where id in (${ids})`;
  const logs =
    field === 'id'
      ? own
      : sql`${own} and request_id is null union all select seq as log from logs where request_id in (${ids})`;
  return { logs, holds: leaf, walk: undefined };
}

function columnCandidates(
  name: 'user_id' | 'session_id',
  values: string[],
  holds: Filter,
  { project, range }: { project: number; range: Range },
): Candidates {
  const column = new Sql(`logs.${name}`);
  const isOne = sqliteDialect.oneOf(column, values);
  // In the words of the partial index.
  const conditions = [sql`logs.project = ${project} and ${column} is not null and ${isOne}`, ...within(STARTED, range)];
  const from = new Sql(`logs indexed by ${name === 'user_id' ? 'logs_user' : 'logs_session'}`);
  const logs = sql`select logs.seq as log from ${from} where ${all(conditions)}`;
  const walk: Source = { from, conditions, log: SEQ, startedAtMs: STARTED, holds };
  return { logs, holds, walk: values.length === 1 ? walk : undefined };
}

function scoreCandidates(leaf: ScoreLeaf, context: FilterContext): Candidates {
  const kinds = kindConditions(leaf, context).map(({ kind, measure, value, origin }) => {
    // In the words of the partial indexes, or SQLite would not take them.
    const column = new Sql(kind === 'category' ? 's.category' : 's.number');
    const conditions = [sql`s.measure = ${measure} and ${column} is not null and s.superseded = 0`, value];
    if (origin) conditions.push(origin);
    return sql`select s.log as log from scores s where ${all(conditions)}`;
  });
  const logs = kinds.length === 0 ? new Sql('select seq as log from logs where 1 = 0') : joined(kinds, ' union all ');
  return { logs, holds: leaf, walk: undefined };
}

function propertyWalk(id: number, range: Range, holds: Filter): Source {
  const started = new Sql('walked.started_at_ms');
  return {
    from: new Sql('log_properties walked cross join logs on logs.seq = walked.log'),
    conditions: [sql`walked.property = ${id}`, ...within(started, range)],
    log: new Sql('walked.log'),
    startedAtMs: started,
    holds,
  };
}

function within(started: Sql, { fromMs, toMs }: Range): Sql[] {
  const conditions: Sql[] = [];
  if (fromMs !== null) conditions.push(sql`${started} >= ${fromMs}`);
  if (toMs !== null) conditions.push(sql`${started} < ${toMs}`);
  return conditions;
}
