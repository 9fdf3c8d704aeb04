/**
 * Whether the values of a window, or of two, breach a condition. The interval decides, never the bare number: a breach is shown
 * when the whole interval lies beyond the limit. Where only the value does, it is unclear, which neither fires nor resolves:
 * this gap is what keeps a value at the limit from firing and resolving in turn. What follows from it: transition.ts.
 */
import type { AlertCondition, AlertSpec, Found } from '../model/alert.ts';
import { meanDifference, shareDifference } from '../statistics/difference.ts';
import { type Interval, meanInterval, shareInterval } from '../statistics/interval.ts';
import type { Sample, Windows } from './question.ts';

type Asked = Pick<AlertSpec, 'when' | 'minCount' | 'level'>;

export function judge(
  { now, before }: { now: Sample; before: Sample | undefined },
  { when, minCount, level }: Asked,
  { fromMs, toMs }: Pick<Windows, 'fromMs' | 'toMs'>,
): Found {
  const common = {
    fromMs,
    toMs,
    count: countOf(now),
    value: valueOf(now),
    before: before === undefined ? null : { count: countOf(before), value: valueOf(before) },
  };
  if (before === undefined) {
    const interval = intervalOf(now, thresholdOf(when), level);
    const enough = common.count >= minCount;
    const verdict = enough ? verdictOf(when, common.value, interval) : 'no_data';
    return { ...common, verdict, interval, difference: null };
  }
  const { difference, interval } = differenceOf(before, now, level);
  const enough = Math.min(common.count, common.before!.count) >= minCount;
  const verdict = enough ? verdictOf(when, difference, interval) : 'no_data';
  return { ...common, verdict, interval, difference };
}

/** A number that is what it is: there is nothing to be sure of. `count` is that of what it is about. */
export function judgeFact(
  { value, count }: { value: number; count: number },
  when: AlertCondition,
  nowMs: number,
): Found {
  const verdict = verdictOf(when, value, { low: value, high: value, level: 1 });
  return { verdict, fromMs: nowMs, toMs: nowMs, count, value, interval: null, before: null, difference: null };
}

/** `value` is the difference where two windows are compared. Without an interval nothing is shown. */
function verdictOf(when: AlertCondition, value: number | null, interval: Interval | null): Found['verdict'] {
  if (value === null) return 'unclear';
  const [low, high] = beyond(when);
  const isBeyond = (low !== undefined && value < low) || (high !== undefined && value > high);
  if (!isBeyond) return 'within';
  if (interval === null) return 'unclear';
  const isShown = (low !== undefined && interval.high < low) || (high !== undefined && interval.low > high);
  return isShown ? 'breached' : 'unclear';
}

/** Below the first or above the second is beyond the limit. */
function beyond(when: AlertCondition): [low: number | undefined, high: number | undefined] {
  if ('above' in when) return [undefined, when.above];
  if ('below' in when) return [when.below, undefined];
  if ('rises' in when) return [undefined, when.rises];
  if ('falls' in when) return [-when.falls, undefined];
  return [-when.changes, when.changes];
}

function thresholdOf(when: AlertCondition): number {
  const [low, high] = beyond(when);
  return low ?? high!;
}

export function countOf(sample: Sample): number {
  return sample.kind === 'share' ? sample.count : sample.moments.count;
}

function valueOf(sample: Sample): number | null {
  if (countOf(sample) === 0) return null;
  const value = sample.kind === 'share' ? sample.successes / sample.count : sample.moments.mean;
  return Number.isFinite(value) ? value : null;
}

/**
 * Of numbers that are all the same there is no spread, and Student's interval has no width. They are judged as meanDifference judges
 * two constants: as shares of observations that are the value and not the threshold, scaled. It never reaches the threshold.
 */
function intervalOf(sample: Sample, threshold: number, level: number): Interval | null {
  if (sample.kind === 'share') return shareInterval(sample.successes, sample.count, level);
  const { moments } = sample;
  const usual = meanInterval(moments, level);
  if (usual !== null || moments.count < 2 || moments.squaredDeviations !== 0) return usual;
  const reached = threshold + (moments.mean - threshold) * shareInterval(moments.count, moments.count, level)!.low;
  return { low: Math.min(reached, moments.mean), high: Math.max(reached, moments.mean), level };
}

function differenceOf(
  before: Sample,
  now: Sample,
  level: number,
): { difference: number | null; interval: Interval | null } {
  if (before.kind === 'share' && now.kind === 'share')
    return shareDifference(before.successes, before.count, now.successes, now.count, level);
  if (before.kind === 'mean' && now.kind === 'mean') return meanDifference(before.moments, now.moments, level);
  return { difference: null, interval: null };
}
