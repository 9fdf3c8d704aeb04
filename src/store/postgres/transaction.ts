/** Transactions: begun, committed, and done over where PostgreSQL says that doing them over will do. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { coded, type Session, sessionOf } from './connection.ts';

/** Serialization failure and deadlock: nothing is wrong but the moment. */
const AGAIN = /^(40001|40P01)$/;
const TRIES = 8;

/** Runs `work` in a transaction. What it throws takes all back and is thrown on. */
export async function inTransaction<Result>(pool: Pool, work: (session: Session) => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await once(pool, work);
    } catch (error) {
      if (tries >= TRIES || !AGAIN.test(String((error as { code?: string }).code))) throw error;
      // Apart from each other, and longer each time: those who met once shall not meet again.
      await sleep(Math.random() * 2 ** tries * 5);
    }
  }
}

async function once<Result>(pool: Pool, work: (session: Session) => Promise<Result>): Promise<Result> {
  const client = await pool.connect().catch((error: unknown) => {
    throw coded(error);
  });
  // While it is taken from the pool, nobody else hears when the server ends it; the next statement does.
  const ignore = (): void => {};
  client.on('error', ignore);
  let broken: Error | undefined;
  try {
    await client.query('begin');
    const result = await work(sessionOf(client));
    await client.query('commit');
    return result;
  } catch (error) {
    try {
      await client.query('rollback');
    } catch (failure) {
      broken = failure as Error;
    }
    throw coded(error);
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}
