/**
 * How rollups answer a question: by which name, and what of the entries that are not folded yet has to be added. Only one name is
 * looked at, that of the filter or of the groups, since rollups hold no two of them together. Rows are read by the engine.
 */
import type { AggregateQuestion } from '../aggregates.ts';
import { type AskedMeasure, indexOfLogMeasure } from './asked-measures.ts';
import type { ChangeEntry } from './deltas.ts';
import type { AskedPairs } from './hour-cells.ts';
import type { RollupIds } from './log-facts.ts';
import { ALL_LOGS, nameOfDimension, rolledSlice } from './rolled.ts';

/** With more entries waiting (a database of an earlier version was just opened) reading logs is no slower. */
export const MOST_PENDING = 50_000;

/** What rollups are asked: the name that pairs are of (null for none), and whether they are groups or a filter. */
export interface RollupRoute {
  name: string | null;
  /** The values that the filter allows; null for all. */
  values: readonly string[] | null;
  grouped: boolean;
}

/** Undefined where rollups hold no answer, whatever is in them. */
export function routeOf(question: Pick<AggregateQuestion, 'filter' | 'groupBy'>): RollupRoute | undefined {
  const slice = rolledSlice(question.filter);
  if (slice === undefined) return undefined;
  const group = question.groupBy === null ? null : nameOfDimension(question.groupBy);
  if (group === undefined || (group !== null && slice.name !== null && group !== slice.name)) return undefined;
  return { name: group ?? slice.name, values: slice.name === null ? null : slice.values, grouped: group !== null };
}

/** The pairs of a route among all of its name. */
export function askedPairs(
  { name, values: allowed, grouped }: RollupRoute,
  values: ReadonlyMap<number, string>,
): AskedPairs {
  if (name === null) return { groups: new Map([[ALL_LOGS, null]]), rest: false };
  const groups = new Map<number, string | null>();
  for (const [id, value] of values)
    if (allowed === null || allowed.includes(value)) groups.set(id, grouped ? value : null);
  return { groups, rest: allowed === null };
}

/** Ids for what is not folded yet: what has none gets a negative one, and pairs that come with it are added to `values`. */
export function pendingIds(
  asked: readonly AskedMeasure[],
  values: Map<number, string>,
): { ids: RollupIds; measures: number[]; isWanted: (entry: ChangeEntry) => boolean } {
  const known = new Map([...values].map(([id, value]) => [value, id]));
  const own = new Map<number, number>();
  for (const { measure, id } of asked)
    if ('log' in measure) own.set(indexOfLogMeasure(measure.log), id ?? -1 - indexOfLogMeasure(measure.log));
  const scores = new Set(asked.flatMap(({ measure, id }) => ('log' in measure || id === undefined ? [] : [id])));
  return {
    ids: {
      pair: (_project, _name, value) => {
        let id = known.get(value);
        if (id === undefined) {
          id = -1 - known.size;
          known.set(value, id);
          values.set(id, value);
        }
        return id;
      },
      logMeasure: (_project, index) => own.get(index) ?? Number.NEGATIVE_INFINITY,
    },
    measures: asked.map(({ measure, id }) => ('log' in measure ? own.get(indexOfLogMeasure(measure.log))! : id!)),
    isWanted: ({ what, measure }) => (what === 'log' ? own.size > 0 : measure !== null && scores.has(measure)),
  };
}
