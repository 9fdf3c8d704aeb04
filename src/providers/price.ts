/**
 * What a call costs, from the bundled data of @pydantic/genai-prices; nothing is fetched. The package finds the model;
 * the sum is made here from its prices, since its own takes 10 µs a call and this one 0.2. A test holds both to be equal.
 */
import {
  calcPrice,
  findProvider,
  type ConditionalPrice,
  type ModelInfo,
  type ModelPrice,
} from '@pydantic/genai-prices';
import type { Provider } from '../model/exchange.ts';
import type { Usage } from '../model/usage.ts';

export interface PricedCall {
  provider: Provider;
  /** The upstream's name: it tells apart who sells the same model. */
  upstream: string;
  model: string | null;
  usage: Usage | null;
  atMs: number;
  /** What the provider itself said, which then counts. */
  reportedCostUsd?: number | null;
}

/** Upstream -> the package's provider; null where models run on own machines and have no price. */
const SELLERS: Record<string, string | null> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  azure: 'azure',
  groq: 'groq',
  together: 'together',
  openrouter: 'openrouter',
  mistral: 'mistral',
  deepseek: 'deepseek',
  ollama: null,
  vllm: null,
};
const SELLER_OF_PROVIDER: Record<Provider, string> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  azure: 'azure',
};

/** Cost in USD, or null where the model or the usage is unknown; 0 only for what is known to be free. */
export function costOf(call: PricedCall): number | null {
  if (call.reportedCostUsd !== undefined && call.reportedCostUsd !== null) return call.reportedCostUsd;
  if (call.usage === null || call.model === null) return null;
  const rates = ratesAt(pricesOf(call.provider, call.upstream, call.model), call.atMs);
  return rates === undefined ? null : costAt(rates, call.usage);
}

/** USD per token, by number of tokens read: the base, then steps of rising start. */
interface Rate {
  base: number;
  steps: { start: number; price: number }[];
}

interface Rates {
  input: Rate | undefined;
  cached: Rate | undefined;
  cacheWrite: Rate | undefined;
  audioInput: Rate | undefined;
  cachedAudio: Rate | undefined;
  output: Rate | undefined;
  reasoning: Rate | undefined;
  audioOutput: Rate | undefined;
  perCall: number;
}

interface DatedRates {
  constraint: ConditionalPrice['constraint'];
  rates: Rates;
}

/** Names of models come from clients, so there may be any number of them. */
const MAX_REMEMBERED = 2000;
const MAX_NAME = 256;
const remembered = new Map<string, DatedRates[]>();

function pricesOf(provider: Provider, upstream: string, model: string): DatedRates[] {
  const key = `${provider} ${upstream} ${model}`;
  let prices = remembered.get(key);
  if (prices === undefined) {
    prices = lookUp(provider, upstream, model);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(key, prices);
  }
  return prices;
}

function lookUp(provider: Provider, upstream: string, model: string): DatedRates[] {
  const providerId = sellerOf(provider, upstream, model);
  const found = providerId === null || model.length > MAX_NAME ? undefined : findModel(providerId, model);
  if (found === undefined) return [];
  const prices: ConditionalPrice[] = Array.isArray(found.prices) ? found.prices : [{ prices: found.prices }];
  // No price at all is "free" in the name, or else not known.
  if (prices.every((one) => !hasTokenPrice(one.prices)) && !found.id.endsWith(':free')) return [];
  return prices.map((one) => ({ constraint: one.constraint, rates: ratesOf(one.prices) }));
}

function sellerOf(provider: Provider, upstream: string, model: string): string | null {
  if (Object.hasOwn(SELLERS, upstream)) return SELLERS[upstream]!;
  // An upstream of the configuration that is named as the package names one (fireworks, x-ai, cerebras).
  if (findProvider({ providerId: upstream })?.id === upstream) return upstream;
  // Open weights that OpenAI sells too may well run on the operator's own machine.
  if (model.includes('gpt-oss')) return null;
  return SELLER_OF_PROVIDER[provider];
}

function findModel(providerId: string, model: string): ModelInfo | undefined {
  try {
    return calcPrice({}, model.replace(/^models\//, ''), { providerId })?.model;
  } catch {
    // Its data may hold prices that the package itself refuses; such a model has no price here either.
    return undefined;
  }
}

function hasTokenPrice(price: ModelPrice): boolean {
  return price['input_mtok'] !== undefined || price['output_mtok'] !== undefined;
}

function ratesOf(price: ModelPrice): Rates {
  const perThousand = price['requests_kcount'];
  return {
    input: rateOf(price['input_mtok']),
    cached: rateOf(price['cache_read_mtok']),
    cacheWrite: rateOf(price['cache_write_mtok']),
    audioInput: rateOf(price['input_audio_mtok']),
    cachedAudio: rateOf(price['cache_audio_read_mtok']),
    output: rateOf(price['output_mtok']),
    reasoning: rateOf(price['output_reasoning_mtok']),
    audioOutput: rateOf(price['output_audio_mtok']),
    perCall: typeof perThousand === 'number' ? perThousand / 1000 : 0,
  };
}

function rateOf(price: ModelPrice[string]): Rate | undefined {
  if (price === undefined) return undefined;
  if (typeof price === 'number') return { base: price / 1e6, steps: [] };
  const steps = price.tiers.map((tier) => ({ start: tier.start, price: tier.price / 1e6 }));
  return { base: price.base / 1e6, steps: steps.toSorted((a, b) => a.start - b.start) };
}

/** The last entry that holds at that time, as the package chooses; the first where none does. */
function ratesAt(prices: DatedRates[], atMs: number): Rates | undefined {
  for (let index = prices.length - 1; index >= 0; index -= 1)
    if (holdsAt(prices[index]!.constraint, atMs)) return prices[index]!.rates;
  return prices[0]?.rates;
}

function holdsAt(constraint: ConditionalPrice['constraint'], atMs: number): boolean {
  if (constraint === undefined) return true;
  if (constraint.type === 'start_date') return atMs >= Date.parse(constraint.start_date);
  const ofDayMs = ((atMs % 86_400_000) + 86_400_000) % 86_400_000;
  const start = timeOfDayMs(constraint.start_time);
  const end = timeOfDayMs(constraint.end_time);
  return end < start ? ofDayMs >= start || ofDayMs < end : ofDayMs >= start && ofDayMs < end;
}

/** Milliseconds since midnight UTC of `16:30:00Z` or `16:30:00+02:00`. */
function timeOfDayMs(time: string): number {
  return ((Date.parse(`1970-01-01T${time}`) % 86_400_000) + 86_400_000) % 86_400_000 || 0;
}

/**
 * Each token is counted once, in the narrowest class that has a price; classes without one fall to the class around
 * them. Counts that contradict each other are cut to fit.
 */
function costAt(rates: Rates, usage: Usage): number {
  const total = usage.inputTokens;
  const written = rates.cacheWrite === undefined ? 0 : Math.min(usage.cacheWriteTokens, total);
  const cached = rates.cached === undefined ? 0 : Math.min(usage.cachedInputTokens, total - written);
  const audio = rates.audioInput === undefined ? 0 : Math.min(usage.audioInputTokens, total - written);
  // Which of the cached tokens were audio is not reported: no more than have to be.
  const cachedAudio = Math.max(0, cached + audio + written - total);
  const text = total - written - cached - audio + cachedAudio;
  const outputTotal = usage.outputTokens;
  const audioOutput = rates.audioOutput === undefined ? 0 : Math.min(usage.audioOutputTokens, outputTotal);
  const reasoning = rates.reasoning === undefined ? 0 : Math.min(usage.reasoningTokens, outputTotal - audioOutput);
  return (
    text * priceAt(rates.input, total) +
    written * priceAt(rates.cacheWrite, total) +
    (cached - cachedAudio) * priceAt(rates.cached, total) +
    (audio - cachedAudio) * priceAt(rates.audioInput, total) +
    cachedAudio * priceAt(rates.cachedAudio ?? rates.cached, total) +
    (outputTotal - audioOutput - reasoning) * priceAt(rates.output, total) +
    reasoning * priceAt(rates.reasoning, total) +
    audioOutput * priceAt(rates.audioOutput, total) +
    rates.perCall
  );
}

function priceAt(rate: Rate | undefined, inputTokens: number): number {
  if (rate === undefined) return 0;
  let price = rate.base;
  for (const step of rate.steps) if (inputTokens > step.start) price = step.price;
  return price;
}
