/**
 * Helicone's filter tree, read into our filter language: `"all"`, `{}`, a leaf `{ table: { column: { operator: value } } }`,
 * or `{ left, operator: "and" | "or", right }`. What its framework refuses is refused with 422 and the place, as there. Of a
 * leaf with several tables, columns or operators all must hold; there, only the first column and operator counted.
 *
 * What a column means stands in filter-columns.ts. Conditions on sums (of a session, of a user) are handed out apart: they are
 * conditions on groups of logs, and their columns stand in filter-sums.ts.
 */
import { type Filter, FILTER_TOO_LARGE, filterSchema, isWithinLimits } from '../../../model/filter.ts';
import type { SumFilter } from '../../../store/sums.ts';
import { refuse } from '../../answers.ts';
import { problemText } from '../../problem-text.ts';
import { type Column, type FilterContext, LOG_TABLES, NAMED_TABLES } from './filter-columns.ts';
import {
  NUMBER_OPERATORS,
  TEXT_OPERATORS,
  TIME_OPERATORS,
  Unanswerable,
  readBoolean,
  readNumber,
  readTime,
} from './filter-operators.ts';
import { WrongValue, excess, numberOf, operatorOf, short, textOf } from './filter-values.ts';
import { SCORE_OPERATORS, type ScoreOperator } from './filter-scores.ts';
import { SUM_TABLES, sumFilter } from './filter-sums.ts';

export type Problems = Map<string, { message: string; value?: unknown }>;
export interface ReadFilter {
  /** Null is no condition. */
  filter: Filter | null;
  /** Which groups of logs are wanted; null is no condition. */
  having: SumFilter | null;
}

/** What a client's tree says, node by node. */
type Node = { about: 'logs'; filter: Filter } | { about: 'sums'; having: SumFilter } | { about: 'nothing' };

/** The filter, or 422 naming each mistake. `sums` is the table of sums that it may speak of, `field` what it is called in the body. */
export function readFilter(
  node: unknown,
  context: FilterContext,
  { sums, field = 'filter' }: { sums?: keyof typeof SUM_TABLES; field?: string } = {},
): ReadFilter {
  const problems: Problems = new Map();
  const at = `requestBody.${field}`;
  if (node === undefined) problems.set(at, { message: `'${field}' is required` });
  const conjuncts: Node[] = [];
  // A chain of `and` to the left is how clients write a list: it is no depth of meaning.
  const open: [unknown, string][] = [[node, at]];
  while (open.length > 0 && problems.size === 0) {
    const [one, place] = open.pop()!;
    const branch = branchOf(one);
    if (branch?.operator === 'and') open.push([branch.right, `${place}.right`], [branch.left, `${place}.left`]);
    else conjuncts.push(readNode(one, place, { context, sums, problems }));
  }
  const filters = conjuncts.flatMap((one) => (one.about === 'logs' ? [one.filter] : []));
  const filter = filters.length === 0 ? null : filters.length === 1 ? filters[0]! : { and: filters };
  if (filter !== null && problems.size === 0) {
    const parsed = filterSchema.safeParse(filter, { error: problemText });
    if (!parsed.success) problems.set(at, { message: parsed.error.issues[0]!.message.slice(0, 500) });
  }
  const sumFilters = conjuncts.flatMap((one) => (one.about === 'sums' ? [one.having] : []));
  const having = sumFilters.length === 0 ? null : { and: sumFilters };
  if (!isWithinLimits(having)) problems.set(at, { message: FILTER_TOO_LARGE });
  refuse(problems);
  return { filter, having };
}

interface Reading {
  context: FilterContext;
  sums: keyof typeof SUM_TABLES | undefined;
  problems: Problems;
}

function readNode(node: unknown, at: string, reading: Reading): Node {
  if (node === 'all') return { about: 'nothing' };
  if (!isObject(node)) return wrong(reading, at, 'send "all", a leaf or a branch { left, operator, right }', node);
  const branch = branchOf(node);
  if (branch === undefined) return readLeaf(node, at, reading);
  if (branch.operator !== 'and' && branch.operator !== 'or')
    return wrong(reading, `${at}.operator`, 'should be one of the following; ["and","or"]', branch.operator);
  for (const key of Object.keys(node))
    if (key !== 'left' && key !== 'right' && key !== 'operator') wrong(reading, `${at}.${short(key)}`, excess(key));
  const left = readNode(branch.left, `${at}.left`, reading);
  const right = readNode(branch.right, `${at}.right`, reading);
  return combine(left, branch.operator, right, at, reading);
}

function combine(left: Node, operator: 'and' | 'or', right: Node, at: string, reading: Reading): Node {
  if (left.about === 'nothing' || right.about === 'nothing') {
    // Everything or something is everything; everything and something is that.
    if (operator === 'or') return { about: 'nothing' };
    return left.about === 'nothing' ? right : left;
  }
  if (left.about === 'logs' && right.about === 'logs')
    return {
      about: 'logs',
      filter: operator === 'and' ? joined('and', left.filter, right.filter) : joined('or', left.filter, right.filter),
    };
  if (left.about === 'sums' && right.about === 'sums') {
    const both = [left.having, right.having];
    return { about: 'sums', having: operator === 'and' ? { and: both } : { or: both } };
  }
  return wrong(reading, at, 'conditions on logs and on their sums can be combined with and at the top only');
}

/** Lists of one operator are kept flat: chains to the left are long. */
function joined(operator: 'and' | 'or', left: Filter, right: Filter): Filter {
  const parts = (filter: Filter): Filter[] => {
    const own = (filter as { and?: Filter[]; or?: Filter[] })[operator];
    return own !== undefined && own.length > 0 ? own : [filter];
  };
  return { [operator]: [...parts(left), ...parts(right)] } as Filter;
}

function readLeaf(leaf: Record<string, unknown>, at: string, reading: Reading): Node {
  const filters: Filter[] = [];
  const having: SumFilter[] = [];
  for (const [table, columns] of Object.entries(leaf)) {
    if (columns === undefined) continue;
    const place = `${at}.${short(table)}`;
    if (!isObject(columns)) {
      wrong(reading, place, 'invalid object', columns);
    } else if (reading.sums !== undefined && table === reading.sums) {
      for (const [name, given] of Object.entries(columns))
        readSum(name, given, `${place}.${short(name)}`, reading, having);
    } else if (Object.hasOwn(NAMED_TABLES, table)) {
      readColumn(NAMED_TABLES[table]!, columns, place, reading, filters);
    } else if (Object.hasOwn(LOG_TABLES, table)) {
      const known = LOG_TABLES[table]!;
      for (const [name, given] of Object.entries(columns)) {
        if (Object.hasOwn(known, name)) readColumn(known[name]!, given, `${place}.${short(name)}`, reading, filters);
        else wrong(reading, `${place}.${short(name)}`, excess(name), given);
      }
    } else wrong(reading, place, excess(table), columns);
  }
  if (filters.length === 0 && having.length === 0) return { about: 'nothing' };
  if (filters.length > 0 && having.length > 0)
    return wrong(reading, at, 'put conditions on logs and on their sums into leaves of their own');
  if (having.length > 0) return { about: 'sums', having: { and: having } };
  return { about: 'logs', filter: filters.length === 1 ? filters[0]! : { and: filters } };
}

function readColumn(column: Column, given: unknown, at: string, reading: Reading, filters: Filter[]): void {
  if (given === undefined) return;
  if (!isObject(given)) {
    wrong(reading, at, 'invalid object', given);
    return;
  }
  if (column.kind === 'texts' || column.kind === 'scores') {
    for (const [name, operators] of Object.entries(given)) {
      const place = `${at}.${short(name)}`;
      if (name === '' || name.length > 128 || !isObject(operators)) wrong(reading, place, 'invalid object', operators);
      else each(operators, place, reading, (operator, value) => filters.push(named(column, name, operator, value)));
    }
  } else each(given, at, reading, (operator, value) => filters.push(plain(column, operator, value, reading.context)));
}

function plain(
  column: Exclude<Column, { kind: 'texts' | 'scores' }>,
  operator: string,
  value: unknown,
  context: FilterContext,
): Filter {
  if (column.kind === 'text') return column.filter(operatorOf(TEXT_OPERATORS, operator), textOf(value), context);
  if (column.kind === 'number') return column.filter(operatorOf(NUMBER_OPERATORS, operator), numberOf(value));
  if (column.kind === 'time') {
    const ms = readTime(value);
    if (ms === undefined) throw new WrongValue('invalid ISO 8601 datetime format, i.e. YYYY-MM-DDTHH:mm:ss');
    return column.filter(operatorOf(TIME_OPERATORS, operator), ms);
  }
  operatorOf(['equals'] as const, operator);
  const truth = readBoolean(value);
  if (truth === undefined) throw new WrongValue('invalid boolean value');
  return column.filter(truth);
}

function named(column: Column & { kind: 'texts' | 'scores' }, name: string, operator: string, value: unknown): Filter {
  if (column.kind === 'texts') return column.filter(name, operatorOf(TEXT_OPERATORS, operator), textOf(value));
  const known: ScoreOperator = operatorOf(SCORE_OPERATORS, operator);
  if (typeof value !== 'string' && typeof value !== 'boolean' && readNumber(value) === undefined)
    throw new WrongValue('send a text, a number or a boolean');
  return column.filter(name, known, value as string);
}

function readSum(name: string, given: unknown, at: string, reading: Reading, having: SumFilter[]): void {
  const columns = SUM_TABLES[reading.sums!];
  if (!Object.hasOwn(columns, name)) wrong(reading, at, excess(name), given);
  else if (!isObject(given)) wrong(reading, at, 'invalid object', given);
  else each(given, at, reading, (operator, value) => having.push(sumFilter(columns[name]!, operator, value)));
}

function each(
  operators: Record<string, unknown>,
  at: string,
  reading: Reading,
  use: (operator: string, value: unknown) => void,
): void {
  for (const [operator, value] of Object.entries(operators)) {
    if (value === undefined) continue;
    try {
      use(operator, value);
    } catch (error) {
      if (!(error instanceof Unanswerable) && !(error instanceof WrongValue)) throw error;
      wrong(reading, `${at}.${short(operator)}`, error.message, value);
    }
  }
}

function branchOf(node: unknown): { left: unknown; operator: unknown; right: unknown } | undefined {
  if (!isObject(node) || !('left' in node || 'right' in node || 'operator' in node)) return undefined;
  return { left: node['left'], operator: node['operator'], right: node['right'] };
}

function wrong({ problems }: Reading, at: string, message: string, value?: unknown): Node {
  problems.set(at, value === undefined ? { message } : { message, value });
  return { about: 'nothing' };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
