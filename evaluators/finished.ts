/**
 * Did the answer come to its own end? An answer that was cut (by the token limit, by a filter, by the line) looks fine at
 * first sight, and its last sentence, or its JSON, is broken.
 */
import { defineEvaluator } from 'gradeway';

/** How the APIs say that the model stopped because it was done, or because it is now the caller's turn. */
const NATURAL = new Set([
  'stop', // OpenAI chat completions; Gemini's STOP in lower case
  'tool_calls',
  'function_call',
  'completed', // OpenAI responses
  'end_turn', // Anthropic
  'stop_sequence',
  'tool_use',
]);

const BROKEN_OFF = {
  client_aborted: 'The client went away before the end.',
  upstream_aborted: 'The provider broke off.',
  timeout: 'The provider fell silent.',
  interrupted: 'The gateway stopped in the middle.',
};

export default defineEvaluator({
  returns: 'boolean',
  description: 'The answer ended by itself: it was not cut off by a limit, a filter or the connection.',
  evaluate(log) {
    // An error was never an answer, so it cannot be half of one.
    if (log.ending === 'refused' || (log.status !== null && log.status >= 400))
      return { value: null, reason: 'The call failed.' };
    if (log.ending !== 'ended') return { value: false, reason: BROKEN_OFF[log.ending] };
    if (log.finishReason === null) return { value: null, reason: 'The answer names no finish reason.' };
    return { value: NATURAL.has(log.finishReason.toLowerCase()), reason: log.finishReason };
  },
});
