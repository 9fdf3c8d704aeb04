/** Upstreams that need no configuration but a key. What else an upstream is made of is left to the configuration. */
import type { Provider } from '../model/exchange.ts';

/**
 * Name -> base URL and wire format. The path after `/{name}` is appended to the URL, so that `/{name}/v1/chat/completions`
 * reaches chat completions everywhere. Null: the URL is the operator's own and must be set.
 */
export const READY_MADE: Record<string, { url: string | null; provider: Provider }> = {
  openai: { url: 'https://api.openai.com', provider: 'openai' },
  anthropic: { url: 'https://api.anthropic.com', provider: 'anthropic' },
  // Its native paths are /v1beta/models/{model}:generateContent.
  gemini: { url: 'https://generativelanguage.googleapis.com', provider: 'gemini' },
  azure: { url: null, provider: 'azure' },
  groq: { url: 'https://api.groq.com/openai', provider: 'openai' },
  together: { url: 'https://api.together.xyz', provider: 'openai' },
  openrouter: { url: 'https://openrouter.ai/api', provider: 'openai' },
  mistral: { url: 'https://api.mistral.ai', provider: 'openai' },
  deepseek: { url: 'https://api.deepseek.com', provider: 'openai' },
  ollama: { url: 'http://127.0.0.1:11434', provider: 'openai' },
  vllm: { url: 'http://127.0.0.1:8000', provider: 'openai' },
};
