/**
 * The Host header: there must be exactly one (RFC 9112, 3.2), and where a list of names is given it must carry one of
 * them, which keeps a page in somebody's browser from reaching a gateway on loopback by DNS rebinding.
 */
import type { Incoming } from './client-side.ts';

/** What is wrong with the Host header, as a message for the client; undefined where nothing is. */
export function hostProblem(
  incoming: Pick<Incoming, 'rawHeaders' | 'httpVersion'>,
  allowed: ReadonlySet<string> | undefined,
): string | undefined {
  const raw = incoming.rawHeaders;
  let value: string | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!;
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (value !== undefined) return 'The request has two Host headers. Send one.';
    value = raw[index + 1]!;
  }
  if (value === undefined)
    return incoming.httpVersion === '1.0' && allowed === undefined
      ? undefined
      : 'The request has no Host header. Send one.';
  if (allowed === undefined) return undefined;
  const name = withoutPort(value);
  if (allowed.has(name) || (name.startsWith('[') && allowed.has(name.slice(1, -1)))) return undefined;
  return 'The Host header names neither this machine nor a host in server.allowedHosts of gradeway.yaml.';
}

/** `localhost:8787` -> `localhost`, `[::1]:8787` -> `[::1]`; lower case, without the final dot of a full name. */
function withoutPort(host: string): string {
  const name = host.replace(/:\d*$/, '');
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}
