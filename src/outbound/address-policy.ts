/**
 * Which addresses may be called for somebody who only gave a URL: the public internet, and networks that the settings name.
 * Addresses are judged, never names: what a name stands for is decided by whoever runs its DNS, and may change between two
 * looks. Asking for them, and connecting to nothing else, is guarded-connect.ts's.
 */
import { BlockList, isIP } from 'node:net';

export interface AddressPolicy {
  /** Why the address must not be called, or undefined. Without TLS only networks that the settings name may be. */
  refusal(address: string, options: { plain: boolean }): string | undefined;
}

export const LOOPBACK = ['127.0.0.0/8', '::1/128'] as const;

/** IANA's registry of special addresses, and what clouds put on public ones. */
const NOT_PUBLIC_4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
  // Azure's own services, on every machine there.
  '168.63.129.16/32',
];
/** Global unicast; everything else of IPv6 is for something else: mapped, translated, local, multicast. */
const PUBLIC_6 = ['2000::/3'];
/** Teredo and other protocols, documentation, 6to4. */
const NOT_PUBLIC_6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const notPublic = listOf([...NOT_PUBLIC_4, ...NOT_PUBLIC_6]);
const public6 = listOf(PUBLIC_6);

/** Whether a text is a network such as 10.1.0.0/16 or fd00::/8. */
export function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0 || prefix === undefined) return false;
  return /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
}

/** The public internet and these networks; `setting` is where they come from, for whoever is refused. */
export function addressPolicy(
  allowedNetworks: readonly string[],
  setting: 'webhooks.allowedNetworks' | 'targetUrl.allowedNetworks' = 'webhooks.allowedNetworks',
): AddressPolicy {
  const allowed = listOf(allowedNetworks);
  return {
    refusal(address, { plain }) {
      const [bare = ''] = address.split('%');
      if (isIP(bare) === 0) return `${address} is no address.`;
      if (contains(allowed, bare)) return undefined;
      if (!isPublic(bare)) return `${address} is not on the public internet, and no network of ${setting} has it.`;
      return plain ? `Without TLS only networks of ${setting} are called. Give an https:// address.` : undefined;
    },
  };
}

function isPublic(address: string): boolean {
  if (contains(notPublic, address)) return false;
  return isIP(address) === 4 || contains(public6, address);
}

/** An IPv4 address written as IPv6 (::ffff:10.0.0.1) is found in networks of IPv4. */
function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split('/') as [string, string];
    list.addSubnet(address, Number(prefix), isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
