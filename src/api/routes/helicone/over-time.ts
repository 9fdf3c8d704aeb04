/** What Helicone's clients send to have something counted over time: the range, the stretches, and the clocks that these are of. */
import { z } from 'zod';
import { refuse } from '../../answers.ts';
import { type BucketUnit, bucketEdges, fixedZone } from '../../../model/time-buckets.ts';
import { timeFilter, timeZoneDifference } from './parse.ts';

const INCREMENTS = {
  min: 'minute',
  hour: 'hour',
  day: 'day',
  week: 'week',
  month: 'month',
  year: 'year',
} as const satisfies Record<string, BucketUnit>;
type Increment = keyof typeof INCREMENTS;

/** As many as a question may have. */
const MOST_BUCKETS = 10_000;

/** Fields of a body. */
export const overTimeFields = {
  userFilter: z.unknown(),
  timeFilter,
  dbIncrement: z
    .enum(Object.keys(INCREMENTS) as [Increment, ...Increment[]])
    .transform((increment) => INCREMENTS[increment]),
  timeZoneDifference,
};

/** A client's times, both included, and its distance from UTC in minutes as getTimezoneOffset gives it. */
export interface AskedTime {
  timeFilter: { start: number; end: number };
  timeZoneDifference: number;
}

/** Edges of the buckets that the times lie in, or 422 where they are too many. */
export function edgesOf({ timeFilter, timeZoneDifference }: AskedTime, unit: BucketUnit): number[] {
  const zone = fixedZone(-timeZoneDifference * 60_000);
  const edges = bucketEdges(timeFilter.start, timeFilter.end + 1, unit, zone, MOST_BUCKETS);
  if (edges !== 'tooMany') return edges;
  const message = `There are more than ${MOST_BUCKETS} points of a ${unit} between the two. Ask for less time, or for longer ones`;
  refuse(new Map([['requestBody.timeFilter', { message }]]));
  return [];
}
