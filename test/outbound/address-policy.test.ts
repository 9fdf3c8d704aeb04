import { describe, expect, it } from 'vitest';
import { addressPolicy, isNetwork, LOOPBACK } from '../../src/outbound/address-policy.ts';
import { destinationProblem } from '../../src/webhooks/destination.ts';

const strict = addressPolicy([]);
const refused = (address: string, policy = strict): boolean => policy.refusal(address, { plain: false }) !== undefined;

/** Every kind of address that leads into somebody's own network, in the forms in which they come. */
const INNER = [
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.0.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '168.63.129.16',
  '::',
  '::1',
  '::127.0.0.1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:10.0.0.1',
  '::ffff:169.254.169.254',
  '0:0:0:0:0:ffff:7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:10::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%lo',
  'fec0::1',
  'ff02::1',
];
const PUBLIC = ['8.8.8.8', '1.1.1.1', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.167.1.1'];
const PUBLIC_6 = ['2606:4700:4700::1111', '2001:4860:4860::8888', '2a00:1450:4001::1'];

describe('the policy', () => {
  it.each(INNER)('refuses %s', (address) => {
    expect(refused(address)).toBe(true);
  });

  it.each([...PUBLIC, ...PUBLIC_6])('allows %s, with TLS alone', (address) => {
    expect(refused(address)).toBe(false);
    expect(strict.refusal(address, { plain: true })).toMatch(/TLS/);
  });

  it('allows what the settings name, also without TLS, and nothing beside it', () => {
    const policy = addressPolicy(['10.1.0.0/16', 'fd12::/32']);
    for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::9'])
      expect([address, policy.refusal(address, { plain: true })]).toEqual([address, undefined]);
    for (const address of ['10.2.0.1', 'fd13::1', '127.0.0.1', '::1', '::ffff:10.2.0.1'])
      expect([address, refused(address, policy)]).toEqual([address, true]);
  });

  it.each(['', 'localhost', '1.2.3', '999.1.1.1', 'x::y'])('refuses %j, which is no address', (address) => {
    expect(refused(address)).toBe(true);
  });
});

describe('a network', () => {
  it.each(['10.0.0.0/8', '0.0.0.0/0', '127.0.0.1/32', '::1/128', 'fd00::/8', '::/0'])('is %s', (text) => {
    expect(isNetwork(text)).toBe(true);
  });
  it.each(['10.0.0.0', '10.0.0.0/33', '::1/129', 'localhost/8', '10.0.0.0/8/8', '10.0.0.0/', 'fe80::1%lo/64', '1/2'])(
    'is not %s',
    (text) => {
      expect(isNetwork(text)).toBe(false);
    },
  );
});

describe('a destination', () => {
  /** Forms in which loopback is written so that a check of the text does not see it. */
  const HIDDEN = [
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:7f00:1]/',
    'http://１２７.０.０.１/',
    'http://127。0。0。1/',
    'http://0.0.0.0/',
    'http://[::]/',
    'http:\\\\127.0.0.1\\',
    'http://12\t7.0.0.1/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://169.254.169.254/latest/meta-data',
  ];
  it.each(HIDDEN)('is not %s', (destination) => {
    expect(destinationProblem(destination, strict)).toMatch(/not on the public internet/);
  });

  it.each([
    { name: 'no URL', destination: 'example.com/hook', problem: /not a URL/ },
    { name: 'another scheme', destination: 'ftp://example.com/', problem: /neither http nor https/ },
    { name: 'a file', destination: 'file:///etc/passwd', problem: /neither http nor https/ },
    { name: 'a user', destination: 'https://user@example.com/', problem: /user or a password/ },
    { name: 'a password', destination: 'https://:p@example.com/', problem: /user or a password/ },
    { name: 'a text of kilobytes', destination: `https://example.com/${'a'.repeat(2048)}`, problem: /2048/ },
    { name: 'a public address without TLS', destination: 'http://8.8.8.8/', problem: /TLS/ },
  ])('is not $name', ({ destination, problem }) => {
    expect(destinationProblem(destination, strict)).toMatch(problem);
  });

  it('is a public one, or one that the settings allow', () => {
    expect(destinationProblem('https://example.com/hook?a=b', strict)).toBeUndefined();
    const loopback = addressPolicy(LOOPBACK);
    for (const destination of [
      'http://localhost:3000/hook',
      'http://127.0.0.1:1/',
      'http://[::1]:1/',
      'http://0x7f.1/',
    ])
      expect(destinationProblem(destination, loopback)).toBeUndefined();
    expect(destinationProblem('http://10.0.0.1/', loopback)).toMatch(/public internet/);
  });
});
