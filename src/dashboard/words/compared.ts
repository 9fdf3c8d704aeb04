/** The comparison of two runs as a sentence. */
import type { ComparedRun } from '../../model/compared-run.ts';
import { differenceText, spanText } from './measured.ts';
import { countText } from './number.ts';

export function comparedText(score: ComparedRun, before: string, after: string): string {
  const { verdict, difference, interval, kind, pairs, neededMore, gained, lost } = score;
  const over = `over the ${countText(pairs)} datapoints of both runs`;
  const needed =
    neededMore === null
      ? ''
      : ` About ${countText(neededMore)} more datapoints would show the difference that was seen.`;
  switch (verdict) {
    case 'better':
    case 'worse':
      return `${after} is ${verdict} than ${before} by ${differenceText(difference, kind)} (${spanText(interval, kind)}) ${over}: ${countText(gained)} gained, ${countText(lost)} lost.`;
    case 'different':
      return `${after} differs from ${before} by ${differenceText(difference, kind)} (${spanText(interval, kind)}) ${over}; nobody has said which direction is good.`;
    case 'no_difference_shown':
      return `No difference between ${before} and ${after} is shown ${over}.${needed}`;
    case 'not_enough_data':
    default:
      return `There are too few values to compare ${before} and ${after}: ${countText(pairs)} datapoints have one in both runs.${needed}`;
  }
}
