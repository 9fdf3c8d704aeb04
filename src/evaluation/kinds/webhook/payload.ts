/** What a receiver is sent: who asks, for what, and the log as evaluators see it. */
import type { Work } from '../../kind.ts';
import type { LaterAnswer } from '../../receivers.ts';

/** JSON. `answer` is there where the scores are to be posted later. */
export function writePayload(
  { runnable: { evaluator }, subject, datapoint, isTrial }: Work<'webhook'>,
  answer: LaterAnswer | undefined,
  nowMs: number,
): string {
  const { name, version, returns, range, options, better } = evaluator;
  const { projectId: _project, ...log } = subject;
  return JSON.stringify({
    type: 'evaluation.requested',
    timestamp: new Date(nowMs).toISOString(),
    data: { evaluator: { name, version, returns, range, options, better }, log, datapoint, isTrial, answer },
  });
}
