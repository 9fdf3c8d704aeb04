/**
 * What the call cost, in USD. Unknown is not free: a model without a known price, or an answer without a count of
 * tokens, has no score here rather than a 0. (Failed calls are counted where they have a cost; mostly they have none.)
 */
import { defineEvaluator } from 'gradeway';

export default defineEvaluator({
  returns: 'number',
  description: 'Price of the call in USD.',
  evaluate(log) {
    if (log.costUsd === null)
      return { value: null, reason: log.usage ? `No price is known for ${log.model}.` : 'The usage is not known.' };
    if (log.usage?.estimated) return { value: log.costUsd, reason: 'From an estimated number of tokens.' };
    return log.costUsd;
  },
});
