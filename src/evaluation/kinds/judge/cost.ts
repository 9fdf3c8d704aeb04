/** What a judgment may cost at most, before it is asked for: its prompt read as a new one, and an answer of all the tokens that it may have. */
import type { Provider } from '../../../model/exchange.ts';
import { costOf } from '../../../providers/price.ts';
import type { Prompt } from './prompt.ts';
import { schemaOf } from './scale.ts';
import type { Judge } from './judge-of.ts';

/** Of all tokenizers that providers price by, on texts of all languages: a token has at least so many bytes of UTF-8 on the average. */
const BYTES_A_TOKEN = 2;
/** What the wire format adds: names of roles, the schema's frame. */
const FRAME_TOKENS = 200;

/** In US dollars; null where the model has no price. */
export function judgmentAtMost(judge: Judge, provider: Provider, prompt: Prompt): number | null {
  const { upstream, model, maxTokens } = judge.model;
  const texts = [
    prompt.system,
    ...prompt.messages.map(({ content }) => content),
    JSON.stringify(schemaOf(judge.scale)),
  ];
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  const usage = {
    inputTokens: Math.ceil(bytes / BYTES_A_TOKEN) + FRAME_TOKENS,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    audioInputTokens: 0,
    outputTokens: maxTokens,
    reasoningTokens: 0,
    audioOutputTokens: 0,
    estimated: true,
  };
  return costOf({ provider, upstream, model, usage, atMs: Date.now() });
}
