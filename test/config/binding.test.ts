import { describe, expect, it } from 'vitest';
import { assertMayListen, isLoopback } from '../../src/config/binding.ts';

describe('isLoopback', () => {
  it.each([
    { host: '127.0.0.1', loopback: true },
    { host: '127.8.9.1', loopback: true },
    { host: '::1', loopback: true },
    { host: 'localhost', loopback: true },
    { host: 'LOCALHOST', loopback: true },
    { host: '::ffff:127.0.0.1', loopback: true },
    { host: '0.0.0.0', loopback: false },
    { host: '::', loopback: false },
    { host: '192.168.1.4', loopback: false },
    { host: '128.0.0.1', loopback: false },
    { host: '127.0.0.1.example.com', loopback: false },
    { host: 'localhost.example.com', loopback: false },
    { host: '127.1', loopback: false },
  ])('is $loopback for $host', ({ host, loopback }) => {
    expect(isLoopback(host)).toBe(loopback);
  });
});

describe('assertMayListen', () => {
  it('refuses an open address without a key and says how to create one', () => {
    expect(() => assertMayListen('0.0.0.0', false)).toThrow(/without a key[^]*gradeway keys create/);
  });
  it('allows an open address once a key exists, and loopback always', () => {
    expect(() => assertMayListen('0.0.0.0', true)).not.toThrow();
    expect(() => assertMayListen('127.0.0.1', false)).not.toThrow();
  });
});
