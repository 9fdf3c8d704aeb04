/** The value of a score, as a table shows it: coloured only where it is known which way is good. */
import type { ScoreValue } from '../../model/score.ts';
import { UNKNOWN, valueText } from '../words/number.ts';
import { classNames } from './class-names.ts';

export interface ScoreCellProps {
  value: ScoreValue | undefined | null;
  /** Which of true and false is the good one; of its evaluator. */
  better?: 'higher' | 'lower' | null | undefined;
}

export function ScoreCell({ value, better }: ScoreCellProps) {
  if (value == null) return <span className="text-soft">{UNKNOWN}</span>;
  if (typeof value === 'number') return <span className="tabular-nums">{valueText(value)}</span>;
  if (typeof value === 'string') return <span className="rounded-sm bg-hover px-1.5">{value}</span>;
  const isGood = better == null ? undefined : value === (better === 'higher');
  const look = isGood === undefined ? 'bg-hover text-ink' : isGood ? 'bg-good-wash text-good' : 'bg-bad-wash text-bad';
  return <span className={classNames('rounded-sm px-1.5', look)}>{value ? 'true' : 'false'}</span>;
}
