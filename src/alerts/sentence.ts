/** What an alert found, in one plain sentence: what, how much, how sure, of how many, in which time, against what. */
import type { AlertCondition, AlertSpec, AlertState, AlertWatch, Finding } from '../model/alert.ts';

/** `state` is what the alert has come into: what is within the limit again is said otherwise than what is beyond it. */
export function sentenceOf(
  { watch, when, windowMinutes, minCount }: Pick<AlertSpec, 'watch' | 'when' | 'windowMinutes' | 'minCount'>,
  finding: Finding,
  state: AlertState,
): string {
  const { count, value, before, difference } = finding;
  const show = inUnits(watch);
  const time = timeOf(windowMinutes);
  if (state === 'no_data' || value === null || (before !== null && (before.value === null || difference === null))) {
    const those = before === null ? `${count}` : `${before.count} and ${count}`;
    const where = before === null ? `in the last ${time}` : `in the ${time} before and in the last ${time}`;
    return `Too little data for ${nameOf(watch)}: ${those} ${valuesOf(watch)} ${where}, and ${minCount} are asked for.`;
  }
  if (before === null)
    return `${capital(nameOf(watch))} is ${show(value)}${sure(finding, show)} over ${count} ${valuesOf(watch)} in the last ${time}, ${againstThreshold(when, value, show)}.`;
  const showMoved = inUnitsOfDifference(watch);
  const moved =
    difference! > 0
      ? `rose by ${showMoved(difference!)}`
      : difference! < 0
        ? `fell by ${showMoved(-difference!)}`
        : 'stayed the same';
  const from = `from ${show(before.value!)} over ${before.count} to ${show(value)} over ${count} ${valuesOf(watch)}`;
  const margin = showMoved(marginOf(when));
  const held = state === 'ok' ? `within the margin of ${margin}` : `beyond the margin of ${margin}`;
  return `${capital(nameOf(watch))} ${moved}${sure(finding, showMoved)}, ${from}, in the last ${time} against the ${time} before: ${held}.`;
}

function nameOf(watch: AlertWatch): string {
  if (watch.kind === 'mean') return `the mean of ${watch.score}`;
  if (watch.kind === 'share')
    return `the share of ${watch.of === true ? 'true' : JSON.stringify(watch.of)} in ${watch.score}`;
  return watch.kind === 'failures' ? `the failure rate of ${watch.evaluator}` : 'the share of failed calls';
}

function valuesOf({ kind }: AlertWatch): string {
  if (kind === 'failures') return 'evaluations';
  return kind === 'errors' ? 'calls' : 'scores';
}

/** Shares in percent, all else as it is; three digits, for what follows is not known. */
function inUnits({ kind }: AlertWatch): (value: number) => string {
  return kind === 'mean' ? rounded : (value) => `${rounded(value * 100)} %`;
}

/** From 10 % to 12 % are two points, not two percent. */
function inUnitsOfDifference({ kind }: AlertWatch): (value: number) => string {
  return kind === 'mean' ? rounded : (value) => `${rounded(value * 100)} percentage points`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function sure({ interval }: Finding, show: (value: number) => string): string {
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

function plural(count: number, unit: string): string {
  return count === 1 ? unit : `${count} ${unit}s`;
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
