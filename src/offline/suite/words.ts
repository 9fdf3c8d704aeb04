/** How reports say what they say: verdicts, values with their intervals, numbers, and texts that XML can hold. */
import type { GateVerdict } from '../comparison/gate.ts';
import type { ScoreSummary } from '../comparison/summary.ts';

export const VERDICT_WORDS: Record<GateVerdict, string> = {
  passed: 'passed',
  regression: 'regression shown',
  inconclusive: 'inconclusive',
  could_not_run: 'could not run',
};

/** A value with its interval, as people read it. */
export function valueText({ kind, mean, interval, categories }: ScoreSummary): string {
  if (kind === 'category')
    return Object.entries(categories ?? {})
      .slice(0, 3)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  if (mean === null) return 'no value';
  const shown = (value: number): string => (kind === 'boolean' ? `${round(value * 100)} %` : round(value));
  return interval === null ? shown(mean) : `${shown(mean)} (${shown(interval.low)} to ${shown(interval.high)})`;
}

export function xml(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // oxlint-disable-next-line no-control-regex -- XML has no way to write them
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  );
}

export function round(value: number): string {
  return String(Number(value.toPrecision(4)));
}

export function signed(value: number): string {
  return value < 0 ? `-${round(-value)}` : `+${round(value)}`;
}
