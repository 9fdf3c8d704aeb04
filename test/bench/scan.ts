/** The scanning thread as a figure holds it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Scan {
  /** Ends it; how often it has read all logs. */
  stop(): Promise<number>;
}

export async function startScan(path: string): Promise<Scan> {
  const thread = new Worker(new URL('./scan-thread.ts', import.meta.url), { workerData: { path } });
  await once(thread, 'message');
  return {
    async stop() {
      const [answer, gone] = [once(thread, 'message'), once(thread, 'exit')];
      thread.postMessage('stop');
      const [{ scans }] = (await answer) as [{ scans: number }];
      await gone;
      return scans;
    },
  };
}
