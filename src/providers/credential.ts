/** In which header a provider takes its key, and in which a client's may stand. Those in query strings are query-secrets.ts's. */
import type { Provider } from '../model/exchange.ts';

const KEY_HEADERS = { anthropic: 'x-api-key', gemini: 'x-goog-api-key', azure: 'api-key' } as const;

/** The header that carries a key to a provider. */
export function credentialHeader(provider: Provider, key: string): [name: string, value: string] {
  return provider === 'openai' ? ['authorization', `Bearer ${key}`] : [KEY_HEADERS[provider], key];
}

/** Every header that may carry a client's credential, in lower case. */
export const CREDENTIAL_HEADERS: readonly string[] = [
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-goog-iam-authorization-token',
  'ocp-apim-subscription-key',
  'x-amz-security-token',
  'x-auth-token',
  'x-access-token',
  'cookie',
  'helicone-auth',
  'gradeway-auth',
];
