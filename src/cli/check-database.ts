/** What `gradeway doctor` says of the database: the file or the server, and the folder where logs wait while it fails. */
import { accessSync, constants, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Config } from '../config.ts';
import { parseDatabaseUrl } from '../store/open.ts';
import { inspectPostgres } from '../store/postgres/inspect.ts';
import { EXIT, endingOf } from './exit-code.ts';

export interface Check {
  result: 'ok' | 'warning' | 'wrong';
  message: string;
  exitCode?: number;
}

export interface DatabaseChecks {
  checks: Check[];
  /** `new`: it will be created, or is still empty. */
  state: 'there' | 'new' | 'unusable';
}

export async function checkDatabase({ database }: Config): Promise<DatabaseChecks> {
  const location = parseDatabaseUrl(database.url, process.cwd());
  if (location.engine === 'sqlite') {
    const check = checkPath(
      location.path,
      `${location.path} ${existsSync(location.path) ? 'can be written' : 'can be created'}`,
    );
    return { checks: [check], state: existsSync(location.path) ? 'there' : 'new' };
  }
  const spool = checkPath(location.path, `logs wait in files ${location.path}.* while the server does not answer`);
  const server = await checkServer(location.url, database.poolSize);
  return { ...server, checks: [...server.checks, spool] };
}

async function checkServer(url: string, poolSize: number): Promise<DatabaseChecks> {
  try {
    const { version, encrypted, connections, durable, migrated } = await inspectPostgres(url);
    const holds = migrated ? 'has the tables of Gradeway' : 'is empty: gradeway serve or migrate creates the tables';
    const checks: Check[] = [
      {
        result: 'ok',
        message: `PostgreSQL ${version}, ${encrypted ? 'encrypted' : 'not encrypted'}; the database ${holds}`,
      },
      connections < poolSize
        ? {
            result: 'warning',
            message: `the server takes ${connections} connections, fewer than database.poolSize (${poolSize}). Raise max_connections, or lower poolSize`,
          }
        : {
            result: 'ok',
            message: `the server takes ${connections} connections: ${Math.floor(connections / poolSize)} processes with a poolSize of ${poolSize}`,
          },
    ];
    if (!durable)
      checks.push({
        result: 'warning',
        message:
          'the server runs with fsync or full_page_writes off: when its machine crashes, committed logs are lost',
      });
    return { checks, state: migrated ? 'there' : 'new' };
  } catch (error) {
    const { message } = endingOf(error);
    return {
      checks: [{ result: 'wrong', message: message.replaceAll('\n', ' '), exitCode: EXIT.store }],
      state: 'unusable',
    };
  }
}

function checkPath(path: string, fine: string): Check {
  let folder = dirname(path);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    if (existsSync(path)) accessSync(path, constants.R_OK | constants.W_OK);
    return { result: 'ok', message: fine };
  } catch {
    const message = `${path} cannot be written by this user. Change its rights, or set GRADEWAY_DATABASE_URL.`;
    return { result: 'wrong', message, exitCode: EXIT.store };
  }
}
