import { describe, expect, it } from 'vitest';
import { PROVIDERS } from '../../src/model/exchange.ts';
import { CREDENTIAL_HEADERS, credentialHeader } from '../../src/providers/credential.ts';
import { READY_MADE } from '../../src/providers/ready-made.ts';

describe('ready-made upstreams', () => {
  it.each([
    { name: 'openai', path: '/v1/chat/completions', url: 'https://api.openai.com/v1/chat/completions' },
    { name: 'anthropic', path: '/v1/messages', url: 'https://api.anthropic.com/v1/messages' },
    {
      name: 'gemini',
      path: '/v1beta/models/gemini-2.5-flash:generateContent',
      url: 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:generateContent',
    },
    { name: 'groq', path: '/v1/chat/completions', url: 'https://api.groq.com/openai/v1/chat/completions' },
    { name: 'together', path: '/v1/chat/completions', url: 'https://api.together.xyz/v1/chat/completions' },
    { name: 'openrouter', path: '/v1/chat/completions', url: 'https://openrouter.ai/api/v1/chat/completions' },
    { name: 'mistral', path: '/v1/chat/completions', url: 'https://api.mistral.ai/v1/chat/completions' },
    { name: 'deepseek', path: '/v1/chat/completions', url: 'https://api.deepseek.com/v1/chat/completions' },
    { name: 'ollama', path: '/v1/chat/completions', url: 'http://127.0.0.1:11434/v1/chat/completions' },
    { name: 'vllm', path: '/v1/chat/completions', url: 'http://127.0.0.1:8000/v1/chat/completions' },
  ])('$name is where its documentation says', ({ name, path, url }) => {
    expect(READY_MADE[name]!.url + path).toBe(url);
    expect(new URL(READY_MADE[name]!.url!).href.replace(/\/$/, '')).toBe(READY_MADE[name]!.url);
  });

  it('leaves the URL of azure to the operator', () => {
    expect(READY_MADE['azure']).toEqual({ url: null, provider: 'azure' });
  });
});

describe('credentials', () => {
  it.each([
    { provider: 'openai', header: ['authorization', 'Bearer k'] },
    { provider: 'anthropic', header: ['x-api-key', 'k'] },
    { provider: 'gemini', header: ['x-goog-api-key', 'k'] },
    { provider: 'azure', header: ['api-key', 'k'] },
  ] as const)('go to $provider in the header that it reads', ({ provider, header }) => {
    expect(credentialHeader(provider, 'k')).toEqual(header);
  });

  it('are known as such in every header in which we send them, all in lower case', () => {
    for (const provider of PROVIDERS) expect(CREDENTIAL_HEADERS).toContain(credentialHeader(provider, 'k')[0]);
    for (const name of CREDENTIAL_HEADERS) expect(name).toBe(name.toLowerCase());
  });
});
