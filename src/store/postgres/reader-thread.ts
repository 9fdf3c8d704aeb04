/** What is looked up, on a thread of its own: unpacking rows and bodies must not hold up the proxy. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Readiness } from '../readiness.ts';
import { changeOperations } from './read-changes.ts';
import { openPool } from './connection.ts';
import { readOperations } from './read-operations.ts';
import { serveOperations } from './serve-operations.ts';

const { url, size } = workerData as { url: string; size: number };
const STATEMENT_TIMEOUT_MS = 60_000;

const pool = openPool({ url, size, statementTimeoutMs: STATEMENT_TIMEOUT_MS });
serveOperations(parentPort!, pool, { ...readOperations(pool), ...changeOperations(pool) });
parentPort!.postMessage({ ready: true } satisfies Readiness);
