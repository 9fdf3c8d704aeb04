/**
 * A database of many logs, made once and kept below the system's temporary folder for the next run of the same seed and
 * schema. An interrupted making goes on where it ended.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '../../src/store/open.ts';
import { seededLog } from './logs.ts';
import { seeded } from './random.ts';

const BATCH = 500;
/** The store is closed after so many logs: only that empties its write-ahead log where no thread checkpoints. */
const SITTING = 50_000;
const DAYS = 30;
const MIGRATIONS = join(import.meta.dirname, '..', '..', 'drizzle', 'sqlite');
/** A time in the past, so that the file is the same whenever it is made. */
const NEWEST_MS = Date.UTC(2026, 0, 1);

/** Path of a database with that many logs and small bodies; to be copied, not changed. */
export async function databaseOf(cache: string, count: number, note: (text: string) => void): Promise<string> {
  mkdirSync(cache, { recursive: true });
  const path = join(cache, `logs-${count}-${schemaHash()}.db`);
  let made = countLogs(path);
  if (made < count) note(`making ${(count - made).toLocaleString('en')} logs in ${path}, once`);
  while (made < count) {
    const until = Math.min(count, made + SITTING);
    const store = await openStore({ engine: 'sqlite', path });
    try {
      for (; made < until; made += BATCH) await store.logs.add(batch(made, count), NEWEST_MS);
    } finally {
      await store.close();
    }
  }
  return path;
}

function batch(from: number, count: number): ReturnType<typeof seededLog>[] {
  const random = seeded(from);
  return Array.from({ length: BATCH }, (_, index) => {
    const startedAtMs = NEWEST_MS - Math.floor(((count - from - index) / count) * DAYS * 86_400_000);
    const text = JSON.stringify({ content: random.text(60) });
    return seededLog(random, startedAtMs, {
      requestBody: Buffer.from(text),
      responseBody: Buffer.from(text),
      properties: new Map([['feature', `feature-${random.below(20)}`]]),
    });
  });
}

function countLogs(path: string): number {
  try {
    const database = new Database(path, { fileMustExist: true });
    try {
      return database.prepare('select count(*) from logs').pluck().get() as number;
    } finally {
      database.close();
    }
  } catch {
    return 0;
  }
}

/** Of the migrations: a database of another schema is another file. */
export function schemaHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(MIGRATIONS).sort())
    if (name.endsWith('.sql')) hash.update(readFileSync(join(MIGRATIONS, name)));
  return hash.digest('hex').slice(0, 12);
}
