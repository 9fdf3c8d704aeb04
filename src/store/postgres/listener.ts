/**
 * The connection that listens: other replicas say on it that there are jobs, and while it stands this replica counts as living. It is
 * opened again for as long as it takes; whoever it wakes also looks by itself now and then.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { pg } from './drizzle.ts';
import { holdPresence, KEEPALIVES } from './presence.ts';
import { connectionOf } from './url.ts';

export const JOBS_CHANNEL = 'gradeway_jobs';
const RETRY_MS = 500;

export class Listener {
  readonly #options: { url: string; replica: string; onJobs: () => void };
  #client: Client | undefined;
  #closed = false;

  constructor(options: { url: string; replica: string; onJobs: () => void }) {
    this.#options = options;
  }

  /** Rejects where it cannot be opened; once it was, it is opened again whenever it breaks. */
  async open(): Promise<void> {
    const { url, replica, onJobs } = this.#options;
    const client = new pg.Client({
      ...connectionOf(url),
      connectionTimeoutMillis: 5000,
      keepAlive: true,
      options: KEEPALIVES,
      application_name: 'gradeway listener',
    });
    client.on('error', () => {});
    client.on('notification', () => onJobs());
    try {
      await client.connect();
      await holdPresence(client, replica);
      await client.query(`listen ${JOBS_CHANNEL}`);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
    this.#client = client;
    client.on('end', () => void this.#again());
    if (this.#closed) await client.end();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end().catch(() => {});
  }

  async #again(): Promise<void> {
    while (!this.#closed) {
      await sleep(RETRY_MS, undefined, { ref: false });
      try {
        await this.open();
        // Whatever was said meanwhile was not heard.
        return this.#options.onJobs();
      } catch {
        // The server is still away.
      }
    }
  }
}
