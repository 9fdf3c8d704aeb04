/** URLs of PostgreSQL: what is refused and why, what is shown, and what a client is told. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectionOf, fileNameOf, problemOf, shownUrl } from '../../src/store/postgres/url.ts';
import { temporaryFolder } from '../recording/temporary-folder.ts';

const authority = (): string => {
  const path = join(temporaryFolder(), 'ca.pem');
  writeFileSync(path, 'an authority');
  return path;
};

describe('a URL of PostgreSQL', () => {
  it.each([
    { name: 'a blank', url: 'postgres://a:b c@h/d', says: '%20' },
    { name: 'an @ in the password that is not escaped, and a slash', url: 'postgres://a:canary/x@h/d', says: '%2F' },
    { name: 'a # in the password', url: 'postgres://a:canary#x@h/d', says: '%23' },
    { name: 'a broken escape', url: 'postgres://a:canary%zz@h/d', says: '%25' },
    { name: 'no database', url: 'postgres://a:canary@h', says: 'names no database' },
    { name: 'no database behind the slash', url: 'postgres://a:canary@h/', says: 'names no database' },
    { name: 'a path', url: 'postgres://a:canary@h/d/e', says: 'names no database' },
    { name: 'no host', url: 'postgres:///d', says: 'names no host' },
    { name: 'a port that is none', url: 'postgres://a:canary@h:99999/d', says: 'is not a URL' },
    { name: 'a parameter that would override ours', url: 'postgres://a@h/d?options=-c%20x', says: 'not known' },
    { name: 'the password as a parameter', url: 'postgres://a@h/d?password=canary', says: 'not known' },
    { name: 'an sslmode of no use', url: 'postgres://a@h/d?sslmode=prefer', says: 'disable, require, verify-ca' },
    { name: 'verify-ca without an authority', url: 'postgres://a@h/d?sslmode=verify-ca', says: 'sslrootcert' },
    { name: 'an authority that is not there', url: 'postgres://a@h/d?sslrootcert=/nowhere', says: 'no file here' },
    { name: 'a socket that is no folder', url: 'postgres:///d?host=h', says: 'folder of a socket' },
  ])('with $name is refused, and not shown', ({ url, says }) => {
    const problem = problemOf(url)!;
    expect(problem).toContain(says);
    expect(problem).not.toContain('canary');
    expect(shownUrl(url)).toBe('postgres://...');
  });

  it.each([
    { url: 'postgres://me:can%40ary@h:6000/d', shown: 'postgres://me:***@h:6000/d' },
    { url: 'postgresql://me@h/d', shown: 'postgresql://me@h/d' },
    { url: 'postgres://me:canary@[::1]/d?sslmode=require', shown: 'postgres://me:***@[::1]/d?sslmode=require' },
  ])('is shown as $shown', ({ url, shown }) => {
    expect([problemOf(url), shownUrl(url)]).toEqual([undefined, shown]);
  });

  it('tells a client who, where and what, with escapes undone', () => {
    expect(connectionOf('postgres://m%2Fe:p%40ss@[::1]:6000/my%20db')).toMatchObject({
      host: '::1',
      port: 6000,
      user: 'm/e',
      password: 'p@ss',
      database: 'my db',
    });
    const socket = connectionOf('postgres:///d?host=/run/postgresql&user=me');
    expect(socket).toMatchObject({ host: '/run/postgresql', port: 5432, user: 'me', database: 'd' });
    expect(Object.keys(socket)).not.toContain('password');
  });

  it.each([
    { mode: '', ssl: undefined },
    { mode: '?sslmode=disable', ssl: false },
    { mode: '?sslmode=require', ssl: { rejectUnauthorized: false } },
    { mode: '?sslmode=verify-full', ssl: {} },
    { mode: '?sslmode=verify-full&sslrootcert=system', ssl: {} },
    { mode: '?sslmode=verify-full&sslrootcert=CA', ssl: { ca: 'an authority' } },
    {
      mode: '?sslmode=verify-ca&sslrootcert=CA',
      ssl: { ca: 'an authority', checkServerIdentity: expect.any(Function) },
    },
    { mode: '?sslmode=require&sslrootcert=CA', ssl: { ca: 'an authority', checkServerIdentity: expect.any(Function) } },
  ])('has the TLS of libpq: $mode', ({ mode, ssl }) => {
    const url = `postgres://a@h/d${mode.replace('CA', encodeURIComponent(authority()))}`;
    expect(problemOf(url)).toBeUndefined();
    expect(connectionOf(url).ssl).toEqual(ssl);
  });

  it('names files of its own for each database', () => {
    const urls = ['postgres://a:b@h/d', 'postgres://a:b@h:5433/d', 'postgres://a:b@h/e', 'postgres:///d?host=/run/pg'];
    const names = urls.map(fileNameOf);
    expect(names).toEqual(['h-5432-d', 'h-5433-d', 'h-5432-e', '_run_pg-5432-d']);
  });
});
