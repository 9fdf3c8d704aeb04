/** Tokens as providers report them, in their various spellings, made into `Usage`; and estimates where none are reported. */
import type { Message } from '../model/message.ts';
import type { Usage } from '../model/usage.ts';
import type { Output } from './formats/format.ts';
import { asCount, asObject, asText, objectsOf } from './json.ts';

/**
 * Reads a `usage` object of OpenAI's chat, responses and audio APIs, of what is compatible with them, and of Anthropic.
 * Null where it holds no count of tokens.
 */
export function readUsage(value: unknown): Usage | null {
  const usage = asObject(value);
  if (usage === undefined) return null;
  const input = asCount(usage['prompt_tokens'] ?? usage['input_tokens']);
  const output = asCount(usage['completion_tokens'] ?? usage['output_tokens']);
  const total = asCount(usage['total_tokens']);
  if (input === undefined && output === undefined && total === undefined) return null;

  const read = asObject(
    usage['prompt_tokens_details'] ?? usage['input_tokens_details'] ?? usage['input_token_details'],
  );
  const written = asObject(
    usage['completion_tokens_details'] ?? usage['output_tokens_details'] ?? usage['output_token_details'],
  );
  // Anthropic counts cached tokens beside its input tokens, everyone else inside them.
  const besideRead = asCount(usage['cache_read_input_tokens']);
  const besideWritten = asCount(usage['cache_creation_input_tokens']);
  const cached =
    besideRead ?? asCount(read?.['cached_tokens'] ?? usage['prompt_cache_hit_tokens'] ?? usage['cached_tokens']);
  const cacheWritten = besideWritten ?? asCount(read?.['cache_write_tokens']);
  const reasoning = asCount(written?.['reasoning_tokens'] ?? usage['reasoning_tokens']) ?? 0;
  const inputTokens = (input ?? Math.max(0, (total ?? 0) - (output ?? 0))) + (besideRead ?? 0) + (besideWritten ?? 0);
  let outputTokens = output ?? 0;
  // xAI counts reasoning beside the completion: only its total tells.
  if (reasoning > 0 && total === (input ?? 0) + outputTokens + reasoning) outputTokens += reasoning;
  return {
    inputTokens,
    cachedInputTokens: cached ?? 0,
    cacheWriteTokens: cacheWritten ?? 0,
    audioInputTokens: asCount(read?.['audio_tokens']) ?? 0,
    outputTokens,
    reasoningTokens: reasoning,
    audioOutputTokens: asCount(written?.['audio_tokens']) ?? 0,
    estimated: false,
  };
}

/** Reads Gemini's `usageMetadata`: thoughts and tool results are counted beside prompt and candidates there. */
export function readGeminiUsage(value: unknown): Usage | null {
  const usage = asObject(value);
  if (usage === undefined) return null;
  const prompt = asCount(usage['promptTokenCount']);
  const candidates = asCount(usage['candidatesTokenCount']);
  const thoughts = asCount(usage['thoughtsTokenCount']) ?? 0;
  if (prompt === undefined && candidates === undefined && usage['totalTokenCount'] === undefined) return null;
  return {
    inputTokens: (prompt ?? 0) + (asCount(usage['toolUsePromptTokenCount']) ?? 0),
    cachedInputTokens: asCount(usage['cachedContentTokenCount']) ?? 0,
    cacheWriteTokens: 0,
    audioInputTokens: audioOf(usage['promptTokensDetails']),
    outputTokens: (candidates ?? 0) + thoughts,
    reasoningTokens: thoughts,
    audioOutputTokens: audioOf(usage['candidatesTokensDetails']),
    estimated: false,
  };
}

function audioOf(details: unknown): number {
  return objectsOf(details)
    .filter((one) => asText(one['modality']) === 'AUDIO')
    .reduce((sum, one) => sum + (asCount(one['tokenCount']) ?? 0), 0);
}

/**
 * What the provider says the call cost, USD: OpenRouter's `usage.cost`, to which the other provider's own bill is added
 * where the caller's key there was used, and Perplexity's `usage.cost.total_cost`.
 */
export function readReportedCost(value: unknown): number | null {
  const usage = asObject(value);
  const costUsd = asAmount(asObject(usage?.['cost'])?.['total_cost'] ?? usage?.['cost']);
  if (costUsd === null || usage?.['is_byok'] !== true) return costUsd;
  return costUsd + (asAmount(asObject(usage['cost_details'])?.['upstream_inference_cost']) ?? 0);
}

function asAmount(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/**
 * The rule for estimates: a token is four characters, or one character of Chinese, Japanese or Korean writing; at least
 * one token each way. Characters are UTF-16 units, so that a text counts the same however it was cut into events.
 * Real tokenisers differ from it by a third either way on prose, and more on code.
 */
export function estimateUsage(input: Message[], output: Output): Usage {
  const asked = input.flatMap((message) => [message.text, ...callTexts(message.toolCalls ?? [])]);
  const answered = [output.text, output.reasoning ?? '', output.refusal ?? '', ...callTexts(output.toolCalls)];
  return {
    inputTokens: estimateTokens(asked),
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    audioInputTokens: 0,
    outputTokens: estimateTokens(answered),
    reasoningTokens: output.reasoning === null ? 0 : estimateTokens([output.reasoning]),
    audioOutputTokens: 0,
    estimated: true,
  };
}

function callTexts(calls: { name: string; arguments: string }[]): string[] {
  return calls.flatMap((call) => [call.name, call.arguments]);
}

function estimateTokens(texts: string[]): number {
  let quarters = 0;
  for (const text of texts) for (let at = 0; at < text.length; at += 1) quarters += isWide(text.charCodeAt(at)) ? 4 : 1;
  return Math.max(1, Math.round(quarters / 4));
}

/** CJK punctuation, kana, ideographs, Hangul, full-width forms, and the lead units of the ideographs beyond the basic plane. */
function isWide(unit: number): boolean {
  if (unit < 0x3000) return false;
  return (
    unit <= 0x30ff ||
    (unit >= 0x3400 && unit <= 0x9fff) ||
    (unit >= 0xac00 && unit <= 0xd7af) ||
    (unit >= 0xd840 && unit <= 0xd888) ||
    (unit >= 0xf900 && unit <= 0xfaff) ||
    (unit >= 0xff00 && unit <= 0xffef)
  );
}
