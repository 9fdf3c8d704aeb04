/** Why an evaluator gave a log no score, in a sentence. */
import type { ExplainedEvaluation } from '../../model/explained-evaluation.ts';
import { countText, percentText } from './number.ts';
import { timeText } from './time.ts';

export function whyText(one: ExplainedEvaluation): string {
  const { state, reason, clause, attempt, dueAtMs, ahead } = one;
  switch (state) {
    case 'queued':
      return [
        ahead === null || ahead === 0 ? 'It is next.' : `${countText(ahead)} jobs go before it.`,
        ...(attempt > 0 && reason !== null ? [`Its last try failed: ${reason}`] : []),
      ].join(' ');
    case 'running':
      return dueAtMs === null ? 'It is being looked at.' : `It is being looked at, until ${timeText(dueAtMs)} at most.`;
    case 'paused':
      return `Its job waits until the evaluator is resumed: ${reason ?? 'it is paused'}`;
    case 'over_budget':
      return `${reason ?? 'Its rule has no budget left.'}${dueAtMs === null ? '' : ` It is tried again at ${timeText(dueAtMs)}.`}`;
    case 'offline':
      return 'No rule sends it live logs.';
    case 'not_matched':
      return `Its rule does not match: ${clause ?? 'a condition'} does not hold.`;
    case 'before_rule':
      return 'Its rule matches now, and did not when the call was recorded; calls of judges are never evaluated.';
    case 'sampled_out':
      return sampledText(one);
    case 'scored':
    case 'abstained':
    case 'skipped':
    case 'failed':
    case 'dead':
    default:
      return reason ?? `It ${state.replaceAll('_', ' ')}.`;
  }
}

function sampledText({ rules }: ExplainedEvaluation): string {
  const sampling = rules.find(({ verdict }) => verdict === 'sampled_out')?.sampling;
  if (sampling == null) return 'It is not in the sample.';
  const { day, sampleRate } = sampling;
  if (day === null) return `Its rule takes ${percentText(sampleRate)} of the logs, and this one is not among them.`;
  const used = day.usedUpAtMs === null ? '' : ` The number was used up at ${timeText(day.usedUpAtMs)}.`;
  return `Its rule takes ${countText(day.perDay)} logs a day, spread over it, and this one is not among them.${used}`;
}
