/** Where credentials travel: in which header a provider takes its key, and where a client's may stand. */
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

/** Query parameters whose values are secrets, in lower case: Google's `key`, Azure's `api-key` and shared signatures. */
export const SECRET_QUERY_PARAMETERS: readonly string[] = [
  'key',
  'api_key',
  'api-key',
  'apikey',
  'subscription-key',
  'token',
  'access_token',
  'auth',
  'password',
  'secret',
  'client_secret',
  'sig',
  'signature',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-credential',
  'x-goog-signature',
  'x-goog-credential',
];
