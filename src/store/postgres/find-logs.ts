/**
 * Which logs a question is about, and how they are found, as SQLite's find-logs.ts has it: of few candidates all are fetched and
 * sorted; where there are many, logs are walked newest first until the page is full. Filters that look into texts are left to
 * find-by-text.ts, which asks here for the logs that may satisfy one.
 */
import type { Filter } from '../../model/filter.ts';
import { propertyName } from '../../model/property.ts';
import { conjuncts } from '../queries/conjuncts.ts';
import type { Dialect } from '../queries/dialect.ts';
import { type FilterContext, filterSql } from '../queries/filter-sql.ts';
import { all, joined, Sql, sql } from '../queries/sql.ts';
import { isStorable } from '../queries/storable.ts';
import type { ListQuestion, LogCursor, Slice } from '../questions.ts';
import {
  type Candidates,
  candidatesOf,
  candidateSource,
  projectSource,
  type Range,
  type Source,
} from './log-sources.ts';
import { field, propertyValue } from './query-dialect.ts';
import type { QuestionSession } from './question-session.ts';
import { resolveFilter } from './resolve-filter.ts';

/** Candidates of one set that are fetched and sorted, at most. */
const MOST_FETCHED = 20_000;
const LEAST_FETCHED = 500;
/** Logs that are handed on at a time. */
const LOGS_A_CHUNK = 4000;
/** Of two walks the one is shorter whose so-manieth log is older. */
const DENSITY_AT = 1000;

export interface Found {
  seq: number;
  startedAtMs: number;
}

export type Direction = 'asc' | 'desc';
type Order = ListQuestion['order'];

/** A search among a project's logs. */
export interface Search {
  session: QuestionSession;
  project: number;
  dialect: Dialect;
  slice: Slice;
  /** Logs that are known to be all that can satisfy the filter. */
  among?: Sql | undefined;
}

/** A statement's parts: from where, and on what condition. */
export interface Plan {
  source: Source;
  /** What of the filter the source does not see to; null where that is not known (see the dialect's `text`). */
  rest: Sql[];
}

/** Plans a statement. `stopsAt`: after so many logs in the order of their start it ends; undefined where it must see all. */
export async function planOf(search: Search, stopsAt: number | undefined): Promise<Plan> {
  const { session, project, dialect, slice } = search;
  const context: FilterContext = {
    dialect,
    project,
    log: new Sql('logs.seq'),
    startedAtMs: new Sql('logs.started_at_ms'),
    ...(await resolveFilter(session, slice.filter, project)),
  };
  const parts = conjuncts(slice.filter);
  const range = narrowed(slice, parts);
  const source = search.among
    ? candidateSource({ logs: search.among, holds: { and: [] } }, project, range)
    : await sourceOf(session, { parts, context, range, stopsAt });
  const { log, startedAtMs, holds } = source;
  const rest = parts.filter((part) => part !== holds).map((part) => filterSql(part, { ...context, log, startedAtMs }));
  return { source, rest };
}

/** `from ... where ...` of a plan. */
export function tailOf({ source, rest }: Plan): Sql {
  return sql`from ${source.from} where ${all([...source.conditions, ...rest])}`;
}

/** Logs by their numbers, as candidates. */
export function theseLogs(seqs: readonly number[]): Sql {
  return sql`select log from unnest(${seqs}::bigint[]) as given (log)`;
}

/** Up to `limit` logs in the order that was asked for. */
export async function fetchPage(
  { session, project }: Search,
  { source, rest }: Plan,
  page: { order: Order; after: LogCursor | null; offset: number; limit: number },
): Promise<Found[]> {
  const conditions = [...source.conditions, ...rest];
  if (page.after !== null) {
    const sign = new Sql(page.order.direction === 'desc' ? '<' : '>');
    conditions.push(
      sql`(${source.startedAtMs} <> ${page.after.startedAtMs} or ${source.log} ${sign} ${page.after.seq})`,
    );
  }
  return session.all<
    Found & Record<string, unknown>
  >(sql`select ${source.log} as seq, ${source.startedAtMs} as "startedAtMs"
    from ${source.from} where ${all(conditions)} order by ${orderSql(page.order, source, project)}
    limit ${page.limit} offset ${page.offset}`);
}

/** The slice behind a cursor, its own millisecond included: of that, the later half follows. */
export function behindCursor(slice: Slice, direction: Direction, after: LogCursor | null): Slice {
  if (after === null) return slice;
  const { fromMs, toMs } = slice;
  return direction === 'desc'
    ? { ...slice, toMs: Math.min(toMs ?? Infinity, after.startedAtMs + 1) }
    : { ...slice, fromMs: Math.max(fromMs ?? -Infinity, after.startedAtMs) };
}

/** How many logs a slice has; as far as that was counted when the time is over. */
export async function countLogs(search: Search): Promise<{ count: number; complete: boolean }> {
  const { source, rest } = await planOf(search, undefined);
  if (source.bare && rest.length === 0) return search.session.count(sql`select 1 from (${source.bare}) bare`);
  return search.session.count(sql`select 1 ${tailOf({ source, rest })}`);
}

/** Every log of a slice, in no order, a chunk at a time. */
export async function* everyLog(search: Search): AsyncIterable<Found[]> {
  const plan = await planOf(search, undefined);
  yield* search.session.chunks<Found & Record<string, unknown>>(
    sql`select ${plan.source.log} as seq, ${plan.source.startedAtMs} as "startedAtMs" ${tailOf(plan)}`,
    LOGS_A_CHUNK,
  );
}

/** The range, and what the filter says of the start: of that an index knows, too. */
function narrowed({ fromMs, toMs }: Range, parts: readonly Filter[]): Range {
  const range = { fromMs: fromMs ?? -Infinity, toMs: toMs ?? Infinity };
  for (const part of parts) {
    if (!('field' in part) || part.field !== 'startedAtMs') continue;
    for (const bound of [part.gte, part.gt])
      if (typeof bound === 'number') range.fromMs = Math.max(range.fromMs, bound);
    if (typeof part.lt === 'number') range.toMs = Math.min(range.toMs, part.lt);
    if (typeof part.lte === 'number') range.toMs = Math.min(range.toMs, Math.floor(part.lte) + 1);
  }
  return {
    fromMs: range.fromMs === -Infinity ? null : range.fromMs,
    toMs: range.toMs === Infinity ? null : range.toMs,
  };
}

interface Sought {
  parts: readonly Filter[];
  context: FilterContext;
  range: Range;
  stopsAt: number | undefined;
}

async function sourceOf(session: QuestionSession, { parts, context, range, stopsAt }: Sought): Promise<Source> {
  const { project } = context;
  const found = parts.map((part) => candidatesOf(part, context, range)).filter((one) => one !== undefined);
  if (found.length === 0) return projectSource(project, range);
  const [numbers] = await session.all<{ total: number }>(sql`select last_value as total from numbers`);
  // A walk reads about stopsAt x total / n logs, a fetch n: they are even at the root of stopsAt x total.
  const even = stopsAt === undefined ? numbers!.total / 8 : Math.sqrt(stopsAt * numbers!.total);
  const bound = Math.round(Math.min(Math.max(even, LEAST_FETCHED), stopsAt === undefined ? Infinity : MOST_FETCHED));
  const best = await fewest(session, found, bound);
  // In the order of their start already: nothing is sorted, and the walk ends with the page.
  if (best?.walk) return best.walk;
  if (best) return candidateSource(best, project, range);
  const walks = found.flatMap(({ walk }) => (walk ? [walk] : []));
  return (await rarest(session, walks)) ?? projectSource(project, range);
}

/** The set with the fewest candidates, where one has no more than `bound`. */
async function fewest(
  session: QuestionSession,
  found: readonly Candidates[],
  bound: number,
): Promise<Candidates | undefined> {
  const counts = found.map(
    ({ logs }) => sql`(select count(*) from (select 1 from (${logs}) found limit ${bound + 1}) counted)`,
  );
  const [row] = await session.all<{ counts: number[] }>(sql`select array[${joined(counts, ', ')}]::int[] as counts`);
  const least = Math.min(...row!.counts);
  return least > bound ? undefined : found[row!.counts.indexOf(least)];
}

async function rarest(session: QuestionSession, walks: readonly Source[]): Promise<Source | undefined> {
  if (walks.length < 2) return walks[0];
  const starts = walks.map(
    ({ bare, from, startedAtMs, conditions }) => sql`(select ${bare ? new Sql('started_at_ms') : startedAtMs} as at
      from ${bare ? sql`(${bare}) bare` : from} where ${all(conditions)} order by at desc limit 1 offset ${DENSITY_AT})`,
  );
  const [row] = await session.all<{ at: (number | null)[] }>(
    sql`select array[${joined(starts, ', ')}]::float8[] as at`,
  );
  const at = row!.at.map((one) => one ?? -Infinity);
  return walks[at.indexOf(Math.min(...at))];
}

function orderSql({ by, direction: given }: Order, { log, startedAtMs }: Source, project: number): Sql {
  const direction = new Sql(given === 'desc' ? 'desc' : 'asc');
  if (by === 'startedAtMs') return sql`${startedAtMs} ${direction}, ${log} ${direction}`;
  const last = sql`${direction} nulls last`;
  if (typeof by === 'string') return sql`${field(by)} ${last}, ${log} desc`;
  if ('property' in by) return sql`${propertyValue(propertyName(by.property))} ${last}, ${log} desc`;
  const best = new Sql(given === 'desc' ? 'max' : 'min');
  const names = [by.score].filter((name) => isStorable(name, { holdsNul: false }));
  const of = (column: string): Sql => sql`(select ${best}(${new Sql(column)}) from scores s where s.log = ${log}
    and s.superseded = 0 and s.measure in (
      select id from measures where project = ${project} and what = 'score' and name = any(${names}::text[])))`;
  return sql`${of('s.number')} ${last}, ${of('s.category collate "C"')} ${last}, ${log} desc`;
}
