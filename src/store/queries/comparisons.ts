/** Comparisons of a leaf with a number or a text, as conditions. Null where the value is: callers make that false. */
import { GatewayError } from '../../errors.ts';
import type { Dialect } from './dialect.ts';
import { FALSE, Sql, sql } from './sql.ts';
import { isStorable, storableBound } from './storable.ts';

type Scalar = string | number | boolean;

/** Comparisons as `filterSchema` gives them: of the value's own type. */
interface Compared {
  equals?: Scalar | undefined;
  in?: readonly Scalar[] | undefined;
  gt?: string | number | undefined;
  gte?: string | number | undefined;
  lt?: string | number | undefined;
  lte?: string | number | undefined;
  contains?: string | undefined;
}

const SIGNS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;
const BOUNDS = Object.keys(SIGNS) as (keyof typeof SIGNS)[];

export function numberConditions(value: Sql, leaf: Compared, dialect: Dialect): Sql[] {
  const conditions: Sql[] = [];
  for (const list of equalities(leaf)) {
    // A number compares with another type as the text that it is written as.
    const numbers = list.filter((one) => typeof one === 'number' || String(Number(one)) === String(one)).map(Number);
    conditions.push(numbers.length === 0 ? FALSE : dialect.oneOf(value, numbers));
  }
  for (const bound of BOUNDS) {
    const limit = leaf[bound];
    if (limit === undefined) continue;
    if (typeof limit !== 'number') throw mistyped(limit, 'number');
    conditions.push(sql`${value} ${new Sql(SIGNS[bound])} ${limit}`);
  }
  return conditions;
}

export function textConditions(value: Sql, leaf: Compared, dialect: Dialect): Sql[] {
  const conditions: Sql[] = [];
  for (const list of equalities(leaf)) {
    const texts = list.map(String).filter((text) => isStorable(text, dialect));
    conditions.push(texts.length === 0 ? FALSE : dialect.oneOf(value, texts));
  }
  for (const bound of BOUNDS) {
    const limit = leaf[bound];
    if (limit === undefined) continue;
    if (typeof limit !== 'string') throw mistyped(limit, 'text');
    const { text, isAbove } = storableBound(limit, dialect);
    const sign = isAbove ? (bound === 'gt' || bound === 'gte' ? '>=' : '<') : SIGNS[bound];
    conditions.push(sql`${value} ${new Sql(sign)} ${text}`);
  }
  if (leaf.contains !== undefined) conditions.push(dialect.contains(value, leaf.contains));
  return conditions;
}

/** Each list of which one must be equal. */
function equalities({ equals, in: list }: Compared): (readonly Scalar[])[] {
  return [...(equals === undefined ? [] : [[equals]]), ...(list === undefined ? [] : [list])];
}

function mistyped(limit: string | number, kind: string): GatewayError {
  return new GatewayError('validation_failed', { message: `${JSON.stringify(limit)} is no ${kind} to compare with.` });
}
