/** What an alert found, in one plain sentence: what, how much, how sure, of how many, in which time, against what. */
import type { AlertCondition, AlertSpec, Found } from '../model/alert.ts';
import { dollars } from '../model/budget.ts';
import type { Pause } from '../model/pause.ts';
import type { Estimated } from './question.ts';

type Spoken = Pick<AlertSpec, 'watch' | 'when' | 'windowMinutes' | 'minCount'>;

/** Pauses that a sentence names. */
const MOST_NAMED = 3;

/** `pauses`: those that it is about, where pauses are watched. */
export function sentenceOf(spec: Spoken, found: Found, pauses: readonly Pause[] = []): string {
  const { watch, when } = spec;
  if (watch.kind === 'paused') return pausedSentence(when, found, pauses);
  const { count, value, before, difference, verdict } = found;
  if (watch.kind === 'queue_age')
    return `The oldest job of ${watch.evaluator} has been due for ${spanOf(value ?? 0)}, ${againstThreshold(when, value ?? 0, spanOf)}; ${count} wait.`;
  if (watch.kind === 'budget')
    return `Rule ${watch.rule} has spent ${dollars(value ?? 0)} this ${watch.of}, ${againstThreshold(when, value ?? 0, dollars)}; ${count} wait for more.`;
  if (verdict === 'no_data' || value === null) return tooLittle({ ...spec, watch }, found);
  const show = inUnits(watch);
  const time = timeOf(spec.windowMinutes);
  const doubt = verdict === 'unclear' ? ', which may be chance' : '';
  if (before === null)
    return `${capital(nameOf(watch))} is ${show(value)}${sure(found, show)} over ${count} ${valuesOf(watch)} in the last ${time}, ${againstThreshold(when, value, show)}${doubt}.`;
  if (before.value === null || difference === null) return tooLittle({ ...spec, watch }, found);
  const showMoved = inUnitsOfDifference(watch);
  const from = `from ${show(before.value)} over ${before.count} to ${show(value)} over ${count} ${valuesOf(watch)}`;
  const held = `${verdict === 'within' ? 'within' : 'beyond'} the margin of ${showMoved(marginOf(when))}${doubt}`;
  return `${capital(nameOf(watch))} ${movedBy(difference, showMoved)}${sure(found, showMoved)}, ${from}, in the last ${time} against the ${time} before: ${held}.`;
}

function pausedSentence(when: AlertCondition, { value }: Found, pauses: readonly Pause[]): string {
  const count = value ?? 0;
  const named = pauses.slice(0, MOST_NAMED).map(({ evaluator, reason }) => `${evaluator} (${reason})`);
  const more = named.length < pauses.length ? [`and ${pauses.length - named.length} more`] : [];
  const which = named.length === 0 ? '' : `: ${[...named, ...more].join(', ')}`;
  return `${plural(count, 'evaluator', '1 evaluator')} ${count === 1 ? 'is' : 'are'} paused, ${againstThreshold(when, count, String)}${which}.`;
}

function tooLittle(
  { watch, windowMinutes, minCount }: Omit<Spoken, 'watch'> & { watch: Estimated },
  { before, count }: Found,
): string {
  const time = timeOf(windowMinutes);
  const those = before === null ? `${count}` : `${before.count} and ${count}`;
  const where = before === null ? `in the last ${time}` : `in the ${time} before and in the last ${time}`;
  return `Too little data for ${nameOf(watch)}: ${those} ${valuesOf(watch)} ${where}, and ${minCount} are asked for.`;
}

function movedBy(difference: number, show: (value: number) => string): string {
  if (difference === 0) return 'stayed the same';
  return difference > 0 ? `rose by ${show(difference)}` : `fell by ${show(-difference)}`;
}

function nameOf(watch: Estimated): string {
  if (watch.kind === 'mean') return `the mean of ${watch.score}`;
  if (watch.kind === 'share')
    return `the share of ${watch.of === true ? 'true' : JSON.stringify(watch.of)} in ${watch.score}`;
  return watch.kind === 'failures' ? `the failure rate of ${watch.evaluator}` : 'the share of failed calls';
}

function valuesOf({ kind }: Estimated): string {
  if (kind === 'failures') return 'evaluations';
  return kind === 'errors' ? 'calls' : 'scores';
}

/** Shares in percent, all else as it is; three digits, for what follows is not known. */
function inUnits({ kind }: Estimated): (value: number) => string {
  return kind === 'mean' ? rounded : (value) => `${rounded(value * 100)} %`;
}

/** From 10 % to 12 % are two points, not two percent. */
function inUnitsOfDifference({ kind }: Estimated): (value: number) => string {
  return kind === 'mean' ? rounded : (value) => `${rounded(value * 100)} percentage points`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function sure({ interval }: Found, show: (value: number) => string): string {
  if (interval === null) return '';
  const level = Number((interval.level * 100).toPrecision(4));
  return ` (${level} % interval ${show(interval.low)} to ${show(interval.high)})`;
}

function againstThreshold(when: AlertCondition, value: number, show: (value: number) => string): string {
  const [side, threshold] = 'above' in when ? ['above', when.above] : ['below', (when as { below: number }).below];
  const isBeyond = side === 'above' ? value > threshold : value < threshold;
  return isBeyond ? `${side} the threshold of ${show(threshold)}` : `not ${side} the threshold of ${show(threshold)}`;
}

function marginOf(when: AlertCondition): number {
  if ('rises' in when) return when.rises;
  return 'falls' in when ? when.falls : (when as { changes: number }).changes;
}

function timeOf(minutes: number): string {
  for (const [unit, length] of [
    ['day', 1440],
    ['hour', 60],
  ] as const)
    if (minutes % length === 0) return plural(minutes / length, unit);
  return plural(minutes, 'minute');
}

/** Seconds as a person says them. */
function spanOf(seconds: number): string {
  if (seconds < 120) return plural(Math.round(seconds), 'second', '1 second');
  return seconds < 7200 ? `${rounded(seconds / 60)} minutes` : `${rounded(seconds / 3600)} hours`;
}

function plural(count: number, unit: string, one = unit): string {
  return count === 1 ? one : `${count} ${unit}s`;
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
