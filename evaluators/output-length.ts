/**
 * How long the answer's text is, in characters. Not tokens: those depend on the model, and are in the log as usage.
 * An answer that only calls tools has no text, and its 0 would drag the mean down without meaning anything; nor has a
 * list of models or an embedding. A model that ended without a word does score 0.
 */
import { defineEvaluator } from 'gradeway';

export default defineEvaluator({
  returns: 'number',
  description: 'Characters of the answer.',
  evaluate(log) {
    if (log.status === null || log.status >= 400) return { value: null, reason: 'The call failed.' };
    if (log.responseTruncated) return { value: null, reason: 'The answer was too long to be kept whole.' };
    if (log.output.text === '' && log.toolCalls.length > 0) return { value: null, reason: 'The model called tools.' };
    if (log.output.text === '' && log.finishReason === null)
      return { value: null, reason: 'There is no answer of a model.' };
    // Counted in code points: an emoji is one character or a few, never half of one.
    return Array.from(log.output.text).length;
  },
});
