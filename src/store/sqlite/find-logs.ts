/**
 * Which logs a question is about, and how they are found. Each leaf that must hold and has an index is probed for how many rows
 * it has, up to a bound: few are fetched and sorted; of many, logs are walked newest first until the page is full. Whatever
 * has to be read one by one counts on the clock.
 */
import type { Filter } from '../../model/filter.ts';
import { propertyName } from '../../model/property.ts';
import type { ListQuestion, Slice } from '../questions.ts';
import { conjuncts } from '../queries/conjuncts.ts';
import { type FilterContext, filterSql } from '../queries/filter-sql.ts';
import { all, Sql, sql } from '../queries/sql.ts';
import type { Connection } from './connection.ts';
import {
  type Candidates,
  candidatesOf,
  candidateSource,
  projectSource,
  type Range,
  type Source,
} from './log-sources.ts';
import type { QueryClock } from './query-clock.ts';
import { sqliteDialect } from './query-dialect.ts';
import { ResolveFilter } from './resolve-filter.ts';
import type { TextCandidates } from './text-index.ts';

/** Candidates of one set that are fetched and sorted, at most: some 3 µs each. */
const MOST_FETCHED = 20_000;
const LEAST_FETCHED = 500;
/** Of two walks the one is shorter whose so-manieth log is older. */
const DENSITY_AT = 1000;

export interface Found {
  seq: number;
  startedAtMs: number;
}

/** A statement's parts: from where, and on what condition. */
interface Plan {
  source: Source;
  /** What of the filter the source does not see to. */
  rest: Sql[];
}

export class FindLogs {
  readonly #connection: Connection;
  readonly #resolve: ResolveFilter;

  constructor(connection: Connection, clock: QueryClock) {
    this.#connection = connection;
    this.#resolve = new ResolveFilter(connection, clock);
  }

  /** One page of a list: up to one log more than the limit, so that it is known whether there are more. */
  page(question: ListQuestion, project: number, texts: TextCandidates | undefined): Found[] {
    const { order, after, offset, limit } = question;
    const byStart = order.by === 'startedAtMs';
    const range = byStart && after !== null ? cursorRange(question, after) : question;
    const take = limit + 1;
    const plan = this.#plan(question, project, range, { texts, stopsAt: byStart ? offset + take : undefined });
    const { source, rest } = plan;
    const conditions = [...rest];
    if (byStart && after !== null) {
      const sign = new Sql(order.direction === 'desc' ? '<' : '>');
      conditions.push(sql`(${source.startedAtMs} <> ${after.startedAtMs} or ${source.log} ${sign} ${after.seq})`);
    }
    const statement = sql`select ${source.log} as seq, ${source.startedAtMs} as startedAtMs
      ${this.#body({ source, rest: conditions })} order by ${orderSql(question, source, project)}
      limit ${take} offset ${offset}`;
    return this.#all(statement) as Found[];
  }

  /** How many logs a slice has; counts on when the time is over as far as it has come. */
  count(slice: Slice, project: number, texts: TextCandidates | undefined): { count: number; complete: boolean } {
    const plan = this.#plan(slice, project, slice, { texts, stopsAt: undefined });
    if (plan.rest.length === 0) {
      // The index alone tells: no row is looked at.
      const from = plan.source.from.text.startsWith('log_properties walked') ? 'log_properties walked' : undefined;
      const statement = sql`select count(*) as count from ${from ? new Sql(from) : plan.source.from}
        where ${all(plan.source.conditions)}`;
      return { count: (this.#all(statement)[0] as { count: number }).count, complete: true };
    }
    let count = 0;
    const { text, values } = sql`select 1 ${this.#body(plan)}`;
    try {
      for (const _row of this.#connection.prepare(text).iterate(...values)) count += 1;
    } catch (error) {
      if ((error as { code?: string }).code !== 'question_too_large') throw error;
      return { count, complete: false };
    }
    return { count, complete: true };
  }

  /** Every log of a slice, in no order. Other statements may read while it is walked. */
  matching(slice: Slice, project: number, texts: TextCandidates | undefined): Iterable<Found> {
    const plan = this.#plan(slice, project, slice, { texts, stopsAt: undefined });
    const { log, startedAtMs } = plan.source;
    const { text, values } = sql`select ${log} as seq, ${startedAtMs} as startedAtMs ${this.#body(plan)}`;
    return this.#connection.prepare(text).iterate(...values) as Iterable<Found>;
  }

  /** What follows `select` in a statement over every log of a slice: from where, and on what condition. */
  tail(slice: Slice, project: number, texts: TextCandidates | undefined): Sql {
    return this.#body(this.#plan(slice, project, slice, { texts, stopsAt: undefined }));
  }

  /** `stopsAt`: after so many logs in the order of their start the statement ends; undefined where it must see all. */
  #plan(
    { filter }: Slice,
    project: number,
    range: Range,
    { texts, stopsAt }: { texts: TextCandidates | undefined; stopsAt: number | undefined },
  ): Plan {
    const seq = new Sql('logs.seq');
    const context: FilterContext = {
      dialect: sqliteDialect,
      project,
      log: seq,
      startedAtMs: new Sql('logs.started_at_ms'),
      ...this.#resolve.of(filter, project),
    };
    const parts = conjuncts(filter);
    const source = this.#source(parts, context, range, { texts, stopsAt });
    const { log, startedAtMs, holds } = source;
    const rest = parts
      .filter((part) => part !== holds)
      .map((part) => filterSql(part, { ...context, log, startedAtMs }));
    if (texts !== undefined) rest.unshift(sql`text_candidate(${log})`);
    return { source, rest };
  }

  #source(
    parts: Filter[],
    context: FilterContext,
    range: Range,
    { texts, stopsAt }: { texts: TextCandidates | undefined; stopsAt: number | undefined },
  ): Source {
    const { project } = context;
    const total = (this.#connection.prepare('select max(seq) from logs').pluck().get() as number | null) ?? 0;
    // A walk reads about stopsAt x total / n logs, a fetch n: they are even at the root of stopsAt x total.
    const even = stopsAt === undefined ? total / 8 : Math.sqrt(stopsAt * total);
    const bound = Math.round(Math.min(Math.max(even, LEAST_FETCHED), stopsAt === undefined ? Infinity : MOST_FETCHED));
    let fewest = bound + 1;
    let best: Candidates | undefined;
    const walks: Source[] = [];
    const found = parts.map((part) => candidatesOf(part, context, range)).filter((one) => one !== undefined);
    for (const candidates of found) {
      const count = this.#countUpTo(candidates.logs, Math.min(bound, fewest));
      if (count < fewest) [fewest, best] = [count, candidates];
      if (candidates.walk) walks.push(candidates.walk);
    }
    const worded = texts?.atMost(Math.min(bound, fewest - 1));
    if (worded !== undefined && texts !== undefined)
      return candidateSource(
        {
          logs: sql`select value as log from json_each(${JSON.stringify(worded)})
            union all select seq from logs where seq > ${texts.indexedUpTo}`,
          holds: { and: [] },
          walk: undefined,
        },
        project,
        range,
      );
    // In the order of their start already: nothing is sorted, and the walk ends with the page.
    if (best?.walk) return best.walk;
    if (best) return candidateSource(best, project, range);
    return this.#rarest(walks) ?? projectSource(project, range, stopsAt !== undefined);
  }

  #rarest(walks: readonly Source[]): Source | undefined {
    if (walks.length < 2) return walks[0];
    let oldest = Infinity;
    let rarest: Source | undefined;
    for (const walk of walks) {
      const statement = sql`select ${walk.startedAtMs} as at from ${walk.from} where ${all(walk.conditions)}
        order by ${walk.startedAtMs} desc limit 1 offset ${DENSITY_AT}`;
      const { at } = (this.#all(statement)[0] ?? { at: -Infinity }) as { at: number };
      if (at < oldest) [oldest, rarest] = [at, walk];
    }
    return rarest;
  }

  #countUpTo(logs: Sql, bound: number): number {
    const { text, values } = sql`select count(*) from (select 1 from (${logs}) limit ${bound + 1})`;
    return this.#connection
      .prepare(text)
      .pluck()
      .get(...values) as number;
  }

  #body({ source, rest }: Plan): Sql {
    return sql`from ${source.from} where ${all([...source.conditions, sql`gw_clock(${source.log})`, ...rest])}`;
  }

  #all({ text, values }: Sql): unknown[] {
    return this.#connection.prepare(text).all(...values);
  }
}

/** The range behind a cursor, its own millisecond included: of that, the later half follows. */
function cursorRange({ order, fromMs, toMs }: ListQuestion, { startedAtMs }: { startedAtMs: number }): Range {
  return order.direction === 'desc'
    ? { fromMs, toMs: Math.min(toMs ?? Infinity, startedAtMs + 1) }
    : { fromMs: Math.max(fromMs ?? -Infinity, startedAtMs), toMs };
}

function orderSql({ order }: ListQuestion, { log, startedAtMs }: Source, project: number): Sql {
  const direction = new Sql(order.direction === 'desc' ? 'desc' : 'asc');
  if (order.by === 'startedAtMs') return sql`${startedAtMs} ${direction}, ${log} ${direction}`;
  const last = sql`${direction} nulls last`;
  if (typeof order.by === 'string') return sql`${sqliteDialect.field(order.by)} ${last}, ${log} desc`;
  if ('property' in order.by)
    return sql`${sqliteDialect.property(propertyName(order.by.property))} ${last}, ${log} desc`;
  const best = new Sql(order.direction === 'desc' ? 'max' : 'min');
  const { score } = order.by;
  const of = (column: string): Sql => sql`(select ${best}(${new Sql(column)}) from scores s where s.log = ${log}
    and s.superseded = 0 and s.measure in (select id from measures where project = ${project} and what = 'score' and name = ${score}))`;
  return sql`${of('s.number')} ${last}, ${of('s.category')} ${last}, ${log} desc`;
}
