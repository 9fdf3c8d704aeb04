/** Whether a text can be the destination of a webhook at all. What its name stands for is judged when it is called. */
import { isIP } from 'node:net';
import { WEBHOOK_LIMITS } from '../model/webhook.ts';
import type { AddressPolicy } from '../outbound/address-policy.ts';

/** Names that mean this machine wherever they are asked for (RFC 6761, 6.3). */
const LOCALHOST = /^(.+\.)?localhost\.?$/i;

/** What is wrong with a destination and what to do about it; undefined where nothing is. */
export function destinationProblem(destination: string, policy: AddressPolicy): string | undefined {
  if (destination.length > WEBHOOK_LIMITS.destination)
    return `The destination has more than ${WEBHOOK_LIMITS.destination} characters.`;
  const url = URL.parse(destination);
  if (url === null) return 'The destination is not a URL. Send one like https://example.com/hook.';
  const { protocol, username, password } = url;
  if (protocol !== 'https:' && protocol !== 'http:')
    return 'The destination is neither http nor https. Send a URL like https://example.com/hook.';
  if (username !== '' || password !== '')
    return 'The destination has a user or a password in it. Leave them out, and verify the signature instead.';
  const name = url.hostname.replaceAll(/^\[|\]$/g, '');
  const plain = protocol === 'http:';
  if (isIP(name) !== 0) return policy.refusal(name, { plain });
  if (LOCALHOST.test(name)) return policy.refusal('127.0.0.1', { plain }) && policy.refusal('::1', { plain });
  return undefined;
}
