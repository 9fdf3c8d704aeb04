/**
 * Connections of an HTTP client to addresses that the policy allows, and to no others. A name is resolved once: all of its
 * addresses must be allowed, and the connection goes to these very addresses, so that a name which means something else a
 * moment later (DNS rebinding) changes nothing. Where a connection ended up is looked at again before anything is sent on it.
 */
import { type LookupAddress, lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressPolicy } from './address-policy.ts';

/** The policy does not allow the address. */
export class RefusedAddress extends Error {
  readonly code = 'REFUSED_ADDRESS';
}

type Resolved = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void;
/** All addresses of a name. */
export type Resolve = (name: string, options: { family: 0 | 4 | 6 }, done: Resolved) => void;

const system: Resolve = (name, options, done) => lookup(name, { ...options, all: true }, done);

export type GuardedOptions = buildConnector.BuildOptions & { timeoutMs: number; resolve?: Resolve | undefined };

export function guardedConnector(
  policy: AddressPolicy,
  { timeoutMs, resolve = system, ...connecting }: GuardedOptions,
): buildConnector.connector {
  const guarded = (plain: boolean): LookupFunction => {
    return (name, options, done) => {
      resolve(name, { family: 0 }, (error, addresses) => {
        if (error) return done(error, []);
        for (const { address } of addresses) {
          const refusal = policy.refusal(address, { plain });
          if (refusal !== undefined) return done(new RefusedAddress(refusal), []);
        }
        if (options.all === true) return done(null, addresses);
        const [first] = addresses;
        if (first === undefined) return done(new Error(`${name} has no address`), []);
        return done(null, first.address, first.family);
      });
    };
  };
  const connectorFor = (plain: boolean): buildConnector.connector =>
    buildConnector({ ...connecting, timeout: timeoutMs, allowH2: false, lookup: guarded(plain) });
  const connectors = { plain: connectorFor(true), secure: connectorFor(false) };

  return (options, callback) => {
    const plain = options.protocol !== 'https:';
    // For an address nothing is looked up, so it is judged here.
    const refusal = isIP(options.hostname) === 0 ? undefined : policy.refusal(options.hostname, { plain });
    if (refusal !== undefined) {
      process.nextTick(() => callback(new RefusedAddress(refusal), null));
      return;
    }
    connectors[plain ? 'plain' : 'secure'](options, (...result) => {
      const [error, socket] = result;
      const strayed = error === null ? policy.refusal(socket.remoteAddress ?? '', { plain }) : undefined;
      if (error !== null || strayed === undefined) {
        callback(...result);
        return;
      }
      socket.destroy();
      callback(new RefusedAddress(strayed), null);
    });
  };
}
