/** Means, shares, their differences and intervals in words. Of booleans the mean is the share of true. */
import type { ScoreKind } from '../../model/score.ts';
import { percentText, UNKNOWN, valueText } from './number.ts';

export function measuredText(value: number | null | undefined, kind: ScoreKind): string {
  return kind === 'boolean' ? percentText(value) : valueText(value);
}

/** 0.62 to 0.71 */
export function spanText(interval: { low: number; high: number } | null | undefined, kind: ScoreKind): string {
  if (interval == null) return UNKNOWN;
  return `${measuredText(interval.low, kind)} to ${measuredText(interval.high, kind)}`;
}

/** +0.05: with its sign, as differences of shares in percentage points. */
export function differenceText(value: number | null | undefined, kind: ScoreKind): string {
  if (value == null) return UNKNOWN;
  const size = kind === 'boolean' ? percentText(Math.abs(value)).replace('%', 'points') : valueText(Math.abs(value));
  return value === 0 ? size : `${value > 0 ? '+' : '−'}${size}`;
}

export const VERDICTS = {
  better: { text: 'better', tone: 'good' },
  worse: { text: 'worse', tone: 'bad' },
  different: { text: 'different', tone: 'accent' },
  no_difference_shown: { text: 'no difference shown', tone: 'plain' },
  not_enough_data: { text: 'not enough data', tone: 'plain' },
} as const;
export type Verdict = keyof typeof VERDICTS;
