/**
 * URLs of PostgreSQL: which are taken, how they are shown, and what pg is told of them. Read here and not by pg, which would let
 * a parameter override whatever we set. Loads nothing of pg, so that settings can be checked without it.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { ClientConfig } from 'pg';

const SCHEME = /^postgres(ql)?:\/\//;
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
/** Parameter -> what is wrong with a value of it. */
const PARAMETERS: Record<string, (value: string) => string | undefined> = {
  sslmode: (value) =>
    SSL_MODES.includes(value) ? undefined : `has an sslmode that is not one of ${SSL_MODES.join(', ')}`,
  sslrootcert: (value) => (value === 'system' ? undefined : missing('sslrootcert', value)),
  sslcert: (value) => missing('sslcert', value),
  sslkey: (value) => missing('sslkey', value),
  channel_binding: (value) =>
    ['disable', 'prefer', 'require'].includes(value)
      ? undefined
      : 'has a channel_binding that is not one of disable, prefer, require',
  host: (value) => (value.startsWith('/') ? undefined : 'has a parameter host that is not the folder of a socket'),
  user: () => undefined,
};

export function isPostgresUrl(url: string): boolean {
  return SCHEME.test(url);
}

/** What is wrong with a URL that begins with postgres://, as the end of a sentence; undefined where nothing is. */
export function problemOf(url: string): string | undefined {
  if (!SCHEME.test(url)) return 'does not begin with postgres://';
  if (/[\0\s]/.test(url)) return 'has blanks in it. Write them as %20';
  let parsed: URL;
  try {
    parsed = new URL(url);
    for (const part of [parsed.username, parsed.password, parsed.pathname]) decodeURIComponent(part);
  } catch {
    return 'is not a URL of PostgreSQL. Give postgres://user:password@host:5432/database, with / ? # @ % in user and password written as %2F %3F %23 %40 %25';
  }
  if (parsed.hash !== '') return 'has a # in it. Write it as %23';
  if (!/^\/[^/]+$/.test(parsed.pathname)) return 'names no database. Give postgres://user:password@host:5432/database';
  const given = [...parsed.searchParams];
  for (const [name, value] of given) {
    const check = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name]! : undefined;
    if (check === undefined)
      return `has a parameter that is not known. There are ${Object.keys(PARAMETERS).join(', ')}`;
    const problem = check(value);
    if (problem !== undefined) return problem;
  }
  if (parsed.hostname === '' && !parsed.searchParams.has('host')) return 'names no host';
  if (parsed.searchParams.get('sslmode') === 'verify-ca' && !parsed.searchParams.has('sslrootcert'))
    return 'has sslmode=verify-ca without an sslrootcert, which proves nothing. Give it, or take verify-full';
  return undefined;
}

/** Without the password. A URL that is none is not shown at all: nobody knows where in it the password is. */
export function shownUrl(url: string): string {
  if (problemOf(url) !== undefined) return 'postgres://...';
  const parsed = new URL(url);
  if (parsed.password !== '') parsed.password = '***';
  return parsed.href;
}

/** Server and database by name, as a part of names of files. */
export function fileNameOf(url: string): string {
  const { hostname, port, pathname, searchParams } = new URL(url);
  const host = hostname === '' ? searchParams.get('host')! : hostname;
  return [host, port || '5432', decodeURIComponent(pathname.slice(1))].join('-').replaceAll(/[^A-Za-z0-9_.-]/g, '_');
}

/** What a client is given. What the URL leaves out comes from PGUSER, PGPASSWORD and ~/.pgpass, as everywhere. */
export function connectionOf(url: string): ClientConfig {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const user = username === '' ? searchParams.get('user') : decodeURIComponent(username);
  const ssl = tlsOf(searchParams);
  return {
    host: hostname === '' ? searchParams.get('host')! : decodeURIComponent(hostname.replace(/^\[(.+)\]$/, '$1')),
    port: port === '' ? 5432 : Number(port),
    database: decodeURIComponent(pathname.slice(1)),
    ...(user === null ? {} : { user }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(ssl === undefined ? {} : { ssl }),
    enableChannelBinding: searchParams.get('channel_binding') !== 'disable',
  };
}

/** By the meaning that libpq gives to sslmode; without one, what PGSSLMODE says. */
function tlsOf(parameters: URLSearchParams): ClientConfig['ssl'] {
  const mode = parameters.get('sslmode');
  if (mode === 'disable') return false;
  const file = (name: string): string | undefined => {
    const path = parameters.get(name);
    return path === null || path === 'system' ? undefined : readFileSync(path, 'utf8');
  };
  const [ca, cert, key] = [file('sslrootcert'), file('sslcert'), file('sslkey')];
  if (mode === null && ca === undefined && cert === undefined) return undefined;
  const own = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  if (mode === 'verify-full' || mode === null) return own;
  if (mode === 'require' && ca === undefined) return { ...own, rejectUnauthorized: false };
  return { ...own, checkServerIdentity: () => undefined };
}

function missing(name: string, path: string): string | undefined {
  return existsSync(path) ? undefined : `has an ${name} that is no file here`;
}
