import { calcPrice, findProvider } from '@pydantic/genai-prices';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Usage } from '../../src/model/usage.ts';
import { costOf, type PricedCall } from '../../src/providers/price.ts';
import { NO_CLASSES } from './transcripts/transcript.ts';

const NOON = Date.UTC(2026, 0, 15, 12);
const NIGHT = Date.UTC(2026, 0, 15, 20);
const usage = (more: Partial<Usage>): Usage => ({ ...NO_CLASSES, inputTokens: 0, outputTokens: 0, ...more });
const priced = (more: Partial<PricedCall>): PricedCall => ({
  provider: 'openai',
  upstream: 'openai',
  model: 'gpt-4o-mini',
  usage: usage({ inputTokens: 1_000_000 }),
  atMs: NOON,
  ...more,
});

describe('the cost of a call', () => {
  it.each<{ name: string; call: Partial<PricedCall>; costUsd: number }>([
    {
      // 0.15 and 0.60 USD per million.
      name: 'gpt-4o-mini, by its dated name',
      call: { model: 'gpt-4o-mini-2024-07-18', usage: usage({ inputTokens: 2000, outputTokens: 500 }) },
      costUsd: 0.0006,
    },
    {
      // 2.50, cached 1.25, 10.00.
      name: 'gpt-4o with cached tokens',
      call: { model: 'gpt-4o', usage: usage({ inputTokens: 3000, cachedInputTokens: 2000, outputTokens: 100 }) },
      costUsd: 0.0025 + 0.0025 + 0.001,
    },
    {
      name: 'a model through Azure',
      call: { provider: 'azure', upstream: 'azure', model: 'gpt-4o-2024-08-06', usage: usage({ outputTokens: 1000 }) },
      costUsd: 0.01,
    },
    {
      // 3.00, written to the cache 3.75, read from it 0.30, 15.00.
      name: 'Claude Sonnet 4 with its cache',
      call: {
        provider: 'anthropic',
        upstream: 'anthropic',
        model: 'claude-sonnet-4-20250514',
        usage: usage({ inputTokens: 1210, cachedInputTokens: 1000, cacheWriteTokens: 200, outputTokens: 42 }),
      },
      costUsd: (10 * 3 + 200 * 3.75 + 1000 * 0.3 + 42 * 15) / 1e6,
    },
    {
      // 1.25 and 10 up to 200,000 tokens read, 2.50 and 15 beyond, for all of them.
      name: 'Gemini 2.5 Pro above its step',
      call: {
        provider: 'gemini',
        upstream: 'gemini',
        model: 'gemini-2.5-pro',
        usage: usage({ inputTokens: 300_000, outputTokens: 1000 }),
      },
      costUsd: 0.75 + 0.015,
    },
    {
      name: 'Gemini 2.5 Pro on its step',
      call: {
        provider: 'gemini',
        upstream: 'gemini',
        model: 'models/gemini-2.5-pro',
        usage: usage({ inputTokens: 200_000 }),
      },
      costUsd: 0.25,
    },
    {
      // Text 2.50, audio 6.00, 10.00.
      name: 'a transcription with audio tokens',
      call: { model: 'gpt-4o-transcribe', usage: usage({ inputTokens: 110, audioInputTokens: 100, outputTokens: 10 }) },
      costUsd: (10 * 2.5 + 100 * 6 + 10 * 10) / 1e6,
    },
    {
      // 10 and 20 for audio, 0.60 and 2.40 for text.
      name: 'an answer with audio tokens',
      call: { model: 'gpt-audio-mini', usage: usage({ inputTokens: 100, outputTokens: 300, audioOutputTokens: 200 }) },
      costUsd: (100 * 0.6 + 100 * 2.4 + 200 * 20) / 1e6,
    },
    {
      name: 'an embedding',
      call: { model: 'text-embedding-3-small', usage: usage({ inputTokens: 1_000_000 }) },
      costUsd: 0.02,
    },
    {
      name: 'DeepSeek by day',
      call: { upstream: 'deepseek', model: 'deepseek-chat', usage: usage({ inputTokens: 1_000_000 }) },
      costUsd: 0.27,
    },
    {
      name: 'DeepSeek by night, at half price',
      call: { upstream: 'deepseek', model: 'deepseek-chat', usage: usage({ inputTokens: 1_000_000 }), atMs: NIGHT },
      costUsd: 0.135,
    },
    {
      name: 'a model of OpenAI through an upstream of another name',
      call: { upstream: 'my-proxy', model: 'gpt-4o', usage: usage({ outputTokens: 1000 }) },
      costUsd: 0.01,
    },
    {
      name: 'a model through OpenRouter',
      call: { upstream: 'openrouter', model: 'openai/gpt-4o', usage: usage({ outputTokens: 1000 }) },
      costUsd: 0.01,
    },
    {
      name: 'a model that is free by its name',
      call: { upstream: 'openrouter', model: 'deepseek/deepseek-r1:free', usage: usage({ outputTokens: 1000 }) },
      costUsd: 0,
    },
    {
      name: 'what the provider says, before all else',
      call: {
        upstream: 'openrouter',
        model: 'openai/gpt-4o',
        usage: usage({ outputTokens: 1000 }),
        reportedCostUsd: 0.5,
      },
      costUsd: 0.5,
    },
  ])('is right for $name', ({ call, costUsd }) => {
    expect(costOf(priced(call))).toBeCloseTo(costUsd, 12);
  });

  it.each<{ name: string; call: Partial<PricedCall> }>([
    { name: 'an unknown model', call: { model: 'my-own-model' } },
    { name: 'no model', call: { model: null } },
    { name: 'no usage', call: { usage: null } },
    { name: 'an empty name', call: { model: '' } },
    { name: 'a name of a megabyte', call: { model: `gpt-4o-audio-preview${'x'.repeat(1e6)}` } },
    { name: 'a name that is a property of every object', call: { model: '__proto__', upstream: 'constructor' } },
    { name: 'a model on Ollama', call: { upstream: 'ollama', model: 'gpt-oss-20b' } },
    { name: 'a model on vLLM', call: { upstream: 'vllm', model: 'gpt-4o' } },
    { name: 'open weights on an unknown upstream', call: { upstream: 'basement', model: 'openai/gpt-oss-120b' } },
    { name: 'a model that is priced by the hour', call: { model: 'whisper-1' } },
    { name: 'a model that is priced by the page', call: { upstream: 'mistral', model: 'mistral-ocr-2505' } },
    { name: 'a model of another seller', call: { upstream: 'anthropic', provider: 'anthropic', model: 'gpt-4o' } },
  ])('is unknown, and not 0, for $name', ({ call }) => {
    expect(costOf(priced(call))).toBeNull();
  });

  it('is never negative or more than all tokens at the dearest rate, whatever contradictions the usage has', () => {
    const count = fc.nat(1000);
    const any = fc.record({
      inputTokens: count,
      cachedInputTokens: count,
      cacheWriteTokens: count,
      audioInputTokens: count,
      outputTokens: count,
      reasoningTokens: count,
      audioOutputTokens: count,
      estimated: fc.boolean(),
    });
    fc.assert(
      fc.property(any, fc.constantFrom('gpt-4o', 'gpt-realtime-mini', 'gpt-audio'), (one, model) => {
        const costUsd = costOf(priced({ model, usage: one }))!;
        expect(costUsd).toBeGreaterThanOrEqual(0);
        expect(costUsd).toBeLessThanOrEqual(((one.inputTokens + one.outputTokens) * 64) / 1e6);
      }),
    );
  });
});

describe('sums made here and by the package', () => {
  const SELLERS = [
    'openai',
    'anthropic',
    'google',
    'azure',
    'groq',
    'together',
    'openrouter',
    'mistral',
    'deepseek',
    'cerebras',
    'x-ai',
    'perplexity',
  ];
  const UPSTREAM: Record<string, { upstream: string; provider: PricedCall['provider'] }> = {
    google: { upstream: 'gemini', provider: 'gemini' },
    anthropic: { upstream: 'anthropic', provider: 'anthropic' },
    azure: { upstream: 'azure', provider: 'azure' },
  };
  const USAGES = [
    usage({ inputTokens: 1234, outputTokens: 567 }),
    usage({ inputTokens: 5000, cachedInputTokens: 3000, cacheWriteTokens: 1000, outputTokens: 10, reasoningTokens: 4 }),
    usage({
      inputTokens: 5000,
      cachedInputTokens: 1000,
      audioInputTokens: 2000,
      outputTokens: 90,
      audioOutputTokens: 40,
    }),
    usage({
      inputTokens: 5000,
      cachedInputTokens: 4000,
      audioInputTokens: 2000,
      outputTokens: 90,
      audioOutputTokens: 90,
    }),
    usage({ inputTokens: 450_000, cachedInputTokens: 100_000, outputTokens: 70_000, reasoningTokens: 60_000 }),
  ];
  const TIMES = [
    Date.UTC(2023, 5, 1),
    Date.UTC(2025, 1, 10, 3),
    NOON,
    NIGHT,
    Date.UTC(2026, 0, 15, 16, 30),
    Date.UTC(2027, 3, 1),
  ];

  /** What the package says, of usage in its words; undefined where it refuses. */
  function byPackage(providerId: string, model: string, one: Usage, atMs: number): number | undefined {
    try {
      return calcPrice(
        {
          input_tokens: one.inputTokens,
          cache_read_tokens: one.cachedInputTokens,
          cache_write_tokens: one.cacheWriteTokens,
          input_audio_tokens: one.audioInputTokens,
          cache_audio_read_tokens: Math.max(
            0,
            one.cachedInputTokens + one.audioInputTokens + one.cacheWriteTokens - one.inputTokens,
          ),
          output_tokens: one.outputTokens,
          output_reasoning_tokens: one.reasoningTokens,
          output_audio_tokens: one.audioOutputTokens,
        },
        model,
        { providerId, timestamp: new Date(atMs) },
      )?.total_price;
    } catch {
      return undefined;
    }
  }

  it.each(SELLERS)('are equal for every model of %s that has a price for tokens', (seller) => {
    let compared = 0;
    const different: object[] = [];
    const models = findProvider({ providerId: seller })!.models;
    for (const model of models)
      for (const one of USAGES)
        for (const atMs of TIMES) {
          const where = UPSTREAM[seller] ?? { upstream: seller, provider: 'openai' as const };
          const ours = costOf({ ...where, model: model.id, usage: one, atMs });
          const theirs = byPackage(seller, model.id, one, atMs);
          if (ours === null || theirs === undefined) continue;
          compared += 1;
          if (Math.abs(ours - theirs) > 1e-9 * Math.max(1, theirs))
            different.push({ model: model.id, one, atMs, ours, theirs });
        }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(models.length);
  });
});
