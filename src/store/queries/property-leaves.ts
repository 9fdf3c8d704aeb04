/**
 * Property leaves, resolved before a statement is made: which of the values that a project's logs have had satisfy one is
 * decided in JavaScript, by `matches` itself (numbers in texts such as "0x10" compare as JavaScript reads them).
 */
import type { Filter, PropertyLeaf } from '../../model/filter.ts';
import { matches } from '../../model/filter-match.ts';
import { asksPresence, type MatchingPairs } from './filter-sql.ts';

export interface Pair {
  id: number;
  value: string;
}

/** The property leaves of a filter that compare values. */
export function comparingProperties(filter: Filter): PropertyLeaf[] {
  if ('and' in filter) return filter.and.flatMap(comparingProperties);
  if ('or' in filter) return filter.or.flatMap(comparingProperties);
  if ('not' in filter) return comparingProperties(filter.not);
  return 'property' in filter && !asksPresence(filter) ? [filter] : [];
}

/** The only values that can satisfy a leaf, where it names them; else undefined, and all of the property's must be looked at. */
export function namedValues({ equals, in: list }: PropertyLeaf): string[] | undefined {
  if (equals !== undefined) return [String(equals)];
  return list?.map(String);
}

/** Those of the values that satisfy the leaf. */
export function matchingPairs(leaf: PropertyLeaf, pairs: Iterable<Pair>): MatchingPairs {
  const ids: number[] = [];
  const values: string[] = [];
  for (const { id, value } of pairs) {
    if (!matches(leaf, { property: () => value, field: () => null, text: () => '' })) continue;
    ids.push(id);
    values.push(value);
  }
  return { ids, values };
}
