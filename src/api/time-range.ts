/**
 * The range of time within a filter: bounds on `startedAtMs` that every log must satisfy are taken out of it, because stores
 * find logs by range first, and by whole hours from rollups. What the filter says stays the same.
 */
import type { Filter } from '../model/filter.ts';
import type { Slice } from '../store/questions.ts';

export type TimeRange = Pick<Slice, 'fromMs' | 'toMs'>;

/** The logs of a project that satisfy a filter, within a range and within what the filter says of the time. */
export function sliceOf(projectId: string, filter: Filter | null, range: TimeRange): Slice {
  let { fromMs, toMs } = range;
  const rest: Filter[] = [];
  for (const part of filter === null ? [] : conjunctsOf(filter)) {
    const bounds = boundsOf(part);
    if (bounds === undefined) rest.push(part);
    else {
      fromMs = latest(fromMs, bounds.fromMs);
      toMs = earliest(toMs, bounds.toMs);
    }
  }
  return { projectId, filter: rest.length === 0 ? null : rest.length === 1 ? rest[0]! : { and: rest }, fromMs, toMs };
}

function conjunctsOf(filter: Filter): Filter[] {
  return 'and' in filter ? filter.and.flatMap(conjunctsOf) : [filter];
}

/** Times are whole milliseconds, so that `lte 5` and `lt 6` are the same. */
function boundsOf(filter: Filter): TimeRange | undefined {
  if (!('field' in filter) || filter.field !== 'startedAtMs') return undefined;
  const { field: _field, gt, gte, lt, lte, ...others } = filter;
  const given = [gt, gte, lt, lte].filter((one) => one !== undefined);
  if (Object.keys(others).length > 0 || given.length === 0 || given.some((one) => typeof one !== 'number'))
    return undefined;
  const [above, from, below, to] = [gt, gte, lt, lte] as (number | undefined)[];
  return {
    fromMs: latest(from === undefined ? null : Math.ceil(from), above === undefined ? null : Math.floor(above) + 1),
    toMs: earliest(below === undefined ? null : Math.ceil(below), to === undefined ? null : Math.floor(to) + 1),
  };
}

function latest(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.max(one, other);
}

function earliest(one: number | null, other: number | null): number | null {
  return one === null ? other : other === null ? one : Math.min(one, other);
}
