/**
 * How long the call took, in milliseconds, from the request to the last byte of the answer.
 *
 * Only whole answers count: errors come back fast, and a client that hangs up decides the time itself. Both would make
 * a bad day look like a quick one.
 */
import { defineEvaluator } from 'gradeway';

export default defineEvaluator({
  returns: 'number',
  description: 'Milliseconds from the request to the end of the answer.',
  evaluate(log) {
    if (log.status === null || log.status >= 400) return { value: null, reason: 'The call failed.' };
    if (log.ending !== 'ended') return { value: null, reason: `The call did not run to its end: ${log.ending}.` };
    return log.durationMs;
  },
});
