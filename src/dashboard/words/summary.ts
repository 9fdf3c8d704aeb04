/** Statistics of a score as one value with its interval: the mean of numbers, the share of true; of categories the most frequent. */
import type { ScoreKind } from '../../model/score.ts';
import type { ShownInterval, Statistics } from '../../model/shown-statistics.ts';
import { measuredText, spanText } from './measured.ts';
import { percentText, UNKNOWN } from './number.ts';

export interface Measured {
  kind: ScoreKind;
  count: number;
  value: number | null;
  interval: ShownInterval;
}

export function measuredOf(statistics: Statistics): Measured {
  const { kind, count } = statistics;
  switch (kind) {
    case 'number':
      return { kind, count, value: statistics.mean, interval: statistics.meanInterval };
    case 'boolean':
      return { kind, count, value: statistics.share, interval: statistics.shareInterval };
    case 'category':
    default: {
      const first = statistics.categories[0];
      return { kind, count, value: first?.share ?? null, interval: first?.shareInterval ?? null };
    }
  }
}

/** 0.62, 71 %, `polite` 54 %. */
export function summaryText(statistics: Statistics | null): string {
  if (statistics === null || statistics.count === 0) return UNKNOWN;
  if (statistics.kind === 'category') {
    const first = statistics.categories[0];
    return first === undefined ? UNKNOWN : `${first.category} ${percentText(first.share)}`;
  }
  const { value, kind } = measuredOf(statistics);
  return measuredText(value, kind);
}

export function intervalText(statistics: Statistics | null): string {
  if (statistics === null) return UNKNOWN;
  const { interval, kind } = measuredOf(statistics);
  return spanText(interval, kind === 'category' ? 'boolean' : kind);
}
