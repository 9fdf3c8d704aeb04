import { answering, embeddings, logWith, modelList } from './log-with.ts';
import { describeEvaluator } from './shipped.ts';

const usage = {
  inputTokens: 10,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  audioInputTokens: 0,
  outputTokens: 5,
  reasoningTokens: 0,
  audioOutputTokens: 0,
  estimated: false,
};

describeEvaluator('latency', [
  { name: 'is the duration in milliseconds', log: logWith({ durationMs: 1234.5 }), value: 1234.5 },
  { name: 'abstains for errors', log: logWith({ status: 503 }), value: null, reason: /failed/ },
  { name: 'abstains where there was no answer', log: logWith({ status: null, ending: 'timeout' }), value: null },
  { name: 'abstains where the client hung up', log: logWith({ ending: 'client_aborted' }), value: null },
]);

describeEvaluator('cost', [
  { name: 'is the cost', log: logWith({ costUsd: 0.0123, usage }), value: 0.0123 },
  { name: 'keeps a cost of 0, which is known', log: logWith({ costUsd: 0, usage }), value: 0 },
  {
    name: 'abstains where the price is unknown',
    log: logWith({ costUsd: null, usage }),
    value: null,
    reason: /No price/,
  },
  { name: 'abstains where the usage is unknown', log: logWith({ costUsd: null }), value: null, reason: /usage/ },
  {
    name: 'says that tokens were estimated',
    log: logWith({ costUsd: 0.5, usage: { ...usage, estimated: true } }),
    value: 0.5,
    reason: /estimated/,
  },
]);

describeEvaluator('output-length', [
  { name: 'counts characters', log: answering('Paris.'), value: 6 },
  { name: 'counts an emoji as one', log: answering('👍👍'), value: 2 },
  { name: 'counts an empty answer as 0', log: answering(''), value: 0 },
  {
    name: 'abstains where the model called tools',
    log: answering('', { toolCalls: [{ id: null, name: 'f', arguments: '{}' }] }),
    value: null,
  },
  { name: 'abstains for errors', log: answering('', { status: 404 }), value: null },
  { name: 'abstains for a list of models', log: modelList, value: null, reason: /no answer of a model/ },
  { name: 'abstains for embeddings', log: embeddings, value: null, reason: /no answer of a model/ },
  {
    name: 'counts an empty answer as 0 where the request was not stored',
    log: answering('', { requestOmitted: true }),
    value: 0,
  },
  {
    name: 'abstains where the answer was not kept whole',
    log: answering('x', { responseTruncated: true }),
    value: null,
  },
]);
