/** What the engines ask of a filter's shape when they look for an index that leads to its logs. */
import type { EvaluationLeaf, Filter } from '../../model/filter.ts';
import { OUTCOMES, type Outcome } from '../../model/outcome.ts';

/** Parts of a filter that must all hold. */
export function conjuncts(filter: Filter | null): Filter[] {
  if (filter === null) return [];
  return 'and' in filter ? filter.and.flatMap(conjuncts) : [filter];
}

/** The outcomes that a leaf accepts; undefined where `scored` is one, which most looks have and no index holds. */
export function unscoredOutcomes({ equals, in: list }: EvaluationLeaf): Outcome['outcome'][] | undefined {
  const wanted = OUTCOMES.filter(
    (one) => (equals === undefined || equals === one) && (list === undefined || list.includes(one)),
  );
  return wanted.includes('scored') ? undefined : wanted;
}

/** Whether a filter looks into texts. */
export function asksTexts(filter: Filter): boolean {
  if ('and' in filter) return filter.and.some(asksTexts);
  if ('or' in filter) return filter.or.some(asksTexts);
  if ('not' in filter) return asksTexts(filter.not);
  return 'text' in filter && filter.contains !== undefined;
}
