/**
 * Sums over groups of logs as statements that every engine understands, their conditions included. Where the logs are found, and
 * running the statements, is the engines'. Sums are doubles: those of whole numbers would overflow, or come as texts.
 */
import { propertyName } from '../../model/property.ts';
import { SUM_NUMBERS, type SumFilter, type SumNumber, type SumPageQuestion, type SummedBy } from '../sums.ts';
import { numberConditions, textConditions } from './comparisons.ts';
import type { Dialect } from './dialect.ts';
import { all, any, joined, Sql, sql } from './sql.ts';

const DAY_MS = 86_400_000;
/** Division rounds toward zero; with so many whole days more, no time is below it. */
const EPOCHS_MS = 100_000_000 * DAY_MS;

/** A row a group, under the names of SUM_NUMBERS, `key` and `name`; `tail` is what follows `select`: `from ... where ...`. */
export function groupedSql(by: SummedBy, aheadMs: number, tail: Sql, dialect: Dialect): Sql {
  const [key, name] = groupsOf(by, dialect);
  const columns = SUM_NUMBERS.map((number) => sql`${numberSql(number, by, aheadMs)} as ${column(number)}`);
  // By their places: an expression with a value in it is another one each time that it is written.
  return sql`select ${key} as "key", ${name ?? new Sql('cast(null as text)')} as "name", ${joined(columns, ', ')} ${tail}
    group by ${new Sql(name === undefined ? '1' : '1, 2')}`;
}

function groupsOf(by: SummedBy, dialect: Dialect): [key: Sql, name?: Sql] {
  if (typeof by === 'object') return [dialect.property(propertyName(by.property))];
  if (by === 'user') return [dialect.field('userId')];
  return by === 'session' ? [dialect.field('sessionId'), dialect.field('sessionName')] : [dialect.field('sessionName')];
}

/** One page of groups, each row with the totals of all of them beside it; a page without groups is one row without a key. */
export function sumPageSql(question: SumPageQuestion, tail: Sql, dialect: Dialect): Sql {
  const { order, offset, limit } = question;
  const first = sql`${column(order.by)} ${new Sql(order.direction === 'desc' ? 'desc' : 'asc')} nulls last`;
  const ordered = sql`${first}, "key" nulls first, "name" nulls first`;
  return sql`with ${keptSql(question, tail, dialect)}
    select page.*, totals.* from
      (select count(*) as "groups", count("costUsd") as "priced", sum("logs") as "allLogs", sum("costUsd") as "allCostUsd",
         sum("durationMs") as "allDurationMs" from kept) totals
      left join (select kept.*, 1 as "isGroup" from kept order by ${ordered} limit ${limit} offset ${offset}) page on true
    order by ${ordered}`;
}

/** Some of the numbers of every group, in their order. */
export function spreadSql(
  question: Pick<SumPageQuestion, 'by' | 'aheadMs' | 'having'>,
  numbers: readonly SumNumber[],
  tail: Sql,
  dialect: Dialect,
): Sql {
  return sql`with ${keptSql(question, tail, dialect)} select ${joined(numbers.map(column), ', ')} from kept`;
}

/** Whose the logs of sessions are: a row for each session and user, by user. */
export function sessionUsersSql(tail: Sql, dialect: Dialect): Sql {
  return sql`select distinct ${dialect.field('sessionId')} as "key", ${dialect.field('sessionName')} as "name",
    ${dialect.field('userId')} as "user" ${tail} order by "user"`;
}

function keptSql(
  { by, aheadMs, having }: Pick<SumPageQuestion, 'by' | 'aheadMs' | 'having'>,
  tail: Sql,
  dialect: Dialect,
): Sql {
  const wanted = having === null ? all([]) : havingSql(having, dialect);
  return sql`kept as materialized (select * from (${groupedSql(by, aheadMs, tail, dialect)}) grouped where ${wanted})`;
}

/** A condition on a row of groupedSql; never null. */
export function havingSql(filter: SumFilter, dialect: Dialect): Sql {
  if ('and' in filter) return all(filter.and.map((part) => havingSql(part, dialect)));
  if ('or' in filter) return any(filter.or.map((part) => havingSql(part, dialect)));
  if ('not' in filter) return sql`(not ${havingSql(filter.not, dialect)})`;
  if ('sum' in filter) return sql`(${all(numberConditions(column(filter.sum), filter, dialect))} is true)`;
  const text = column(filter.of);
  const { present, ...compared } = filter;
  if (present === false) return sql`(${text} is null)`;
  return sql`(${all([sql`${text} is not null`, ...textConditions(text, compared, dialect)])} is true)`;
}

function column(name: SumNumber | 'key' | 'name'): Sql {
  return new Sql(`"${name}"`);
}

function numberSql(number: SumNumber, by: SummedBy, aheadMs: number): Sql {
  const days = `count(distinct (logs.started_at_ms + ${EPOCHS_MS + Math.trunc(aheadMs)}) / ${DAY_MS})`;
  const total = double('logs.input_tokens', '+ coalesce(logs.output_tokens, 0)');
  const expressions: Record<SumNumber, string> = {
    logs: double('count(*)'),
    costUsd: 'sum(logs.cost_usd)',
    plainInputTokens: sumOfRest('input_tokens', ['cached_input_tokens', 'cache_write_tokens', 'audio_input_tokens']),
    plainOutputTokens: sumOfRest('output_tokens', ['reasoning_tokens', 'audio_output_tokens']),
    totalTokens: `sum(${total})`,
    meanTokens: `avg(${total})`,
    durationMs: 'sum(logs.duration_ms)',
    meanDurationMs: 'avg(logs.duration_ms)',
    firstMs: double('min(logs.started_at_ms)'),
    lastMs: double('max(logs.started_at_ms)'),
    spanMs: double('max(logs.started_at_ms)', '- min(logs.started_at_ms)'),
    days: by === 'user' ? double(days) : NONE,
    logsPerDay: by === 'user' ? double('count(*)', `/ ${days}`) : NONE,
    sessions: by === 'sessionName' ? double('count(distinct logs.session_id)') : NONE,
  };
  return new Sql(expressions[number]);
}

const NONE = 'cast(null as double precision)';

/** What is left of a class of tokens without its parts, never below zero: providers have told parts larger than the whole. */
function sumOfRest(whole: string, parts: readonly string[]): string {
  const rest = double(`logs.${whole}`, ...parts.map((part) => `- coalesce(logs.${part}, 0)`));
  return `sum(case when ${rest} < 0 then 0 else ${rest} end)`;
}

function double(expression: string, ...more: string[]): string {
  return `(cast(${expression} as double precision) ${more.join(' ')})`;
}
