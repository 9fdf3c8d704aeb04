/** Where Gradeway may listen: without a key anybody who reaches the port may do everything, so only loopback. */
import { BlockList, isIP } from 'node:net';
import { GatewayError } from '../errors.ts';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a setting of server.host is reachable from this machine only. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/** Throws `invalid_setting` where the host is open to others and no key was ever created. */
export function assertMayListen(host: string, keysExist: boolean): void {
  if (keysExist || isLoopback(host)) return;
  throw new GatewayError('invalid_setting', {
    message: `Gradeway does not listen on ${host} without a key, because everybody who reaches it could read and spend.\nCreate one first: gradeway keys create --project default --scope ingest,score,read,admin\nOr listen on this machine only: GRADEWAY_HOST=127.0.0.1`,
  });
}

/** Names that a Host header may carry; undefined for any. Without keys, only names of this machine: a page that a browser shows must not reach us under its own name. */
export function acceptedHosts(
  { host, allowedHosts }: { host: string; allowedHosts: readonly string[] },
  keysExist: boolean,
): ReadonlySet<string> | undefined {
  if (keysExist && !isLoopback(host) && allowedHosts.length === 0) return undefined;
  return new Set(['localhost', '127.0.0.1', '[::1]', '::1', host, ...allowedHosts]);
}
