/**
 * Pools of connections to PostgreSQL, with what durability and patience rest on set explicitly, and one way to run statements on
 * them: texts are cleaned of what PostgreSQL refuses, and whatever fails has a code.
 */
import { createHash } from 'node:crypto';
import type { ClientConfig, Pool, PoolClient, PoolConfig, QueryResultRow } from 'pg';
import { GatewayError } from '../../errors.ts';
import { pg } from './drizzle.ts';
import { connectionOf, shownUrl } from './url.ts';

/** For the server to accept a connection. */
const CONNECT_TIMEOUT_MS = 5000;
/** For a turn where the pool is exhausted: what was asked for waits, as long as others get on. */
const TURN_TIMEOUT_MS = 30_000;
/** Of a server that is gone without a word nobody waits longer. */
const IDLE_IN_TRANSACTION_MS = 60_000;
const LOCK_TIMEOUT_MS = 10_000;
const INT8 = 20;
const NUMERIC = 1700;

// Sums and counts come as bigint and numeric; all of ours are below 2^53.
pg.types.setTypeParser(INT8, Number);
pg.types.setTypeParser(NUMERIC, Number);

export interface PoolOptions {
  url: string;
  /** Connections that are open at most. */
  size: number;
  statementTimeoutMs: number;
  /** Statements on one connection are sent without waiting for the answers of those before. */
  pipeline?: boolean;
}

/** The pool waits longer for a turn than its clients for the server. */
class QuickClient extends pg.Client {
  constructor(config?: ClientConfig) {
    // The pool hides the password from whoever lists its options.
    super({ ...config, password: config?.password, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  }
}

/** A pool; nothing is connected before the first statement. */
export function openPool({ url, size, statementTimeoutMs, pipeline = false }: PoolOptions): Pool {
  const options: PoolConfig & { pipeline: boolean } = {
    pipeline,
    ...connectionOf(url),
    max: size,
    Client: QuickClient,
    connectionTimeoutMillis: TURN_TIMEOUT_MS,
    idleTimeoutMillis: 60_000,
    statement_timeout: statementTimeoutMs,
    // The server may be unable to say so: its machine is gone, or a firewall has forgotten the connection.
    query_timeout: statementTimeoutMs + 5000,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    // A commit that was answered is on the disk, whatever the server's default.
    options: '-c synchronous_commit=on',
    keepAlive: true,
    application_name: 'gradeway',
  };
  const pool = new pg.Pool(options);
  // An idle connection that breaks is replaced at the next use, which reports it if the server is gone.
  pool.on('error', () => {});
  return pool;
}

/** Statements on one connection, or on whichever of a pool is free. */
export interface Session {
  /** Rows of a statement, which is prepared once a connection. */
  rows<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

export function sessionOf(client: Pool | PoolClient): Session {
  return {
    async rows<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
      try {
        const result = await client.query<Row>({ name: nameOf(text), text, values: values.map(parameterOf) });
        return result.rows;
      } catch (error) {
        throw coded(error);
      }
    },
  };
}

/** The error as it left pg, with a code in any case: what breaks a connection comes without one. */
export function coded(error: unknown): Error {
  const cause = (error as { cause?: unknown }).cause;
  const inner = cause instanceof Error && 'code' in cause ? cause : (error as Error & { code?: string });
  if (inner instanceof TypeError || inner instanceof RangeError || inner instanceof GatewayError) return inner;
  if ((inner as { code?: string }).code === undefined) (inner as { code?: string }).code = '08006';
  return inner;
}

/** The error for a database that cannot be opened or migrated, with what to do about it. Without the password. */
export function unusable(url: string, error: unknown): GatewayError {
  const { code = '', message } = coded(error) as { code?: string; message: string };
  const said = message === '' ? code : message;
  const text = error instanceof GatewayError ? said : `${said}. ${adviceOn(code, said)}`;
  return new GatewayError('store_unusable', { message: `${shownUrl(url)}: ${text}`, cause: error });
}

/** What to do, by SQLSTATE, by codes of sockets and TLS, and by what pg says without a code. */
function adviceOn(code: string, message: string): string {
  for (const [pattern, advice] of ADVICE) if (pattern.test(`${code} ${message}`)) return advice;
  return 'Check GRADEWAY_DATABASE_URL and what the server says in its own output.';
}

const ADVICE: readonly [RegExp, string][] = [
  [
    /no encryption|SSL off/,
    'The server takes encrypted connections only: add ?sslmode=verify-full, or ?sslmode=require.',
  ],
  [/does not support SSL/, 'Remove sslmode from GRADEWAY_DATABASE_URL, or turn TLS on at the server.'],
  [
    /^(DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|CERT_|ERR_TLS)/,
    'The certificate of the server cannot be trusted: give that of its authority, ?sslmode=verify-full&sslrootcert=<file>.',
  ],
  [
    /client password must be a string/,
    'The server asks for a password: put it into GRADEWAY_DATABASE_URL or PGPASSWORD.',
  ],
  [/^28/, 'Check user and password of GRADEWAY_DATABASE_URL.'],
  [/^42501/, 'Give this user the right to create schemas and tables in the database, or make it its owner.'],
  [/^3D000/, 'Create it: createdb, or CREATE DATABASE.'],
  [/^53300/, 'Raise max_connections of the server, or lower database.poolSize of each process.'],
  [/^(ENOTFOUND|EAI_)/, 'There is no host of this name: check GRADEWAY_DATABASE_URL.'],
  [/^(E|08|57P0)/, 'Check that PostgreSQL runs there and that GRADEWAY_DATABASE_URL is right.'],
];

/** PostgreSQL refuses NUL in texts, and lone surrogates are no UTF-8. */
export function cleaned(value: unknown): unknown {
  if (typeof value === 'string')
    return value.includes('\0') ? value.replaceAll('\0', '\ufffd').toWellFormed() : value.toWellFormed();
  return Array.isArray(value) ? value.map(cleaned) : value;
}

function parameterOf(value: unknown): unknown {
  return Array.isArray(value) ? arrayText(value) : cleaned(value);
}

/** A list as PostgreSQL writes it. pg would do so as well, at thrice the cost, which for a batch of logs is that of all else. */
function arrayText(list: readonly unknown[]): string {
  let text = '';
  for (const value of list) {
    if (text !== '') text += ',';
    if (value === null || value === undefined) text += 'NULL';
    else if (typeof value === 'number' || typeof value === 'boolean') text += String(value);
    else if (Buffer.isBuffer(value)) text += `"\\\\x${value.toString('hex')}"`;
    else {
      const clean = cleaned(value) as string;
      text += `"${SPECIAL.test(clean) ? clean.replaceAll(/["\\]/g, '\\$&') : clean}"`;
    }
  }
  return `{${text}}`;
}

const SPECIAL = /["\\]/;

const names = new Map<string, string>();

/** The name that a statement is prepared under. */
export function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `g${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
    names.set(text, name);
  }
  return name;
}
