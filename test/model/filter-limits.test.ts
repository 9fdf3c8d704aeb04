import { describe, expect, it } from 'vitest';
import { FILTER_LIMITS, FILTER_TOO_LARGE, filterSchema } from '../../src/model/filter.ts';

const many = <T>(length: number, item: T): T[] => Array.from({ length }, () => item);
const leaf = { field: 'status', gte: 400 };
const nested = (depth: number): unknown => (depth === 1 ? leaf : { not: nested(depth - 1) });
const { depth, nodes, list } = FILTER_LIMITS;

describe('a filter', () => {
  it.each([
    { name: 'as deep as it may be', filter: nested(depth) },
    { name: 'of as many conditions as it may have', filter: { or: many(nodes - 1, leaf) } },
    { name: 'with as long a list as it may have', filter: { field: 'model', in: many(list, 'a') } },
    {
      name: 'with as much in its lists as it may have',
      filter: { or: many(10, { property: 'a', in: many(list, 'a') }) },
    },
  ])('$name is read', ({ filter }) => {
    expect(filterSchema.safeParse(filter).error).toBeUndefined();
  });

  // One problem each: what is much too large is refused without looking at its parts, each of which would be one more.
  it.each([
    { name: 'too deep', filter: nested(depth + 1), says: FILTER_TOO_LARGE },
    { name: 'a hundred thousand deep', filter: deep(100_000), says: FILTER_TOO_LARGE },
    { name: 'of too many conditions', filter: { or: many(nodes, leaf) }, says: FILTER_TOO_LARGE },
    { name: 'of a list of what is no condition', filter: { and: many(100_000, 1) }, says: FILTER_TOO_LARGE },
    {
      name: 'with too much in its lists',
      filter: { or: many(11, { property: 'a', in: many(list, 'a') }) },
      says: 'A filter has at most 10000 items in all its lists',
    },
    {
      name: 'with a list of what is no value',
      filter: { property: 'a', in: many(9000, null) },
      says: 'An item of "in" is a text, a number, true or false',
    },
    {
      name: 'with members without end',
      filter: { not: Object.fromEntries(many(9000, 1).map((one, at) => [`k${at}`, one])) },
      says: 'A condition has at most 20 members',
    },
  ])('$name is refused at once', ({ filter, says }) => {
    expect(filterSchema.safeParse(filter).error?.issues.map(({ message }) => message)).toEqual([says]);
  });
});

function deep(levels: number): unknown {
  let filter: unknown = leaf;
  for (let level = 0; level < levels; level += 1) filter = { not: filter };
  return filter;
}
