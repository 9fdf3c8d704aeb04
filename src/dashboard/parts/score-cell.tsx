/** The value of a score, as a table shows it: true and false by colour and word, numbers by three digits, categories as they are. */
import type { ScoreValue } from '../../model/score.ts';
import { UNKNOWN, valueText } from '../words/number.ts';
import { classNames } from './class-names.ts';

export function ScoreCell({ value }: { value: ScoreValue | undefined | null }) {
  if (value == null) return <span className="text-soft">{UNKNOWN}</span>;
  if (typeof value === 'number') return <span className="tabular-nums">{valueText(value)}</span>;
  if (typeof value === 'string') return <span className="rounded-sm bg-hover px-1.5">{value}</span>;
  return (
    <span className={classNames('rounded-sm px-1.5', value ? 'bg-good-wash text-good' : 'bg-bad-wash text-bad')}>
      {value ? 'true' : 'false'}
    </span>
  );
}
