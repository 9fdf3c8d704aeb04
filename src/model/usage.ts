/** Tokens of one call, by class. Classes that a provider reports inside another are still counted inside it here. */
import { z } from 'zod';

export const usageSchema = z.object({
  /** All tokens read, cached and audio ones included. */
  inputTokens: z.number().int().nonnegative(),
  /** Of the input: read from the provider's prompt cache. */
  cachedInputTokens: z.number().int().nonnegative(),
  /** Of the input: written to the provider's prompt cache (Anthropic). */
  cacheWriteTokens: z.number().int().nonnegative(),
  /** Of the input: audio. */
  audioInputTokens: z.number().int().nonnegative(),
  /** All tokens written, reasoning and audio ones included. */
  outputTokens: z.number().int().nonnegative(),
  /** Of the output: reasoning that the provider counted. */
  reasoningTokens: z.number().int().nonnegative(),
  /** Of the output: audio. */
  audioOutputTokens: z.number().int().nonnegative(),
  /** True where the provider reported nothing and the numbers come from the lengths of the texts. */
  estimated: z.boolean(),
});

export type Usage = z.infer<typeof usageSchema>;
