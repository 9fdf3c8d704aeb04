/** A whole gateway with the built dashboard, over a database of its own, before the demo's simulated provider. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LLMock } from '@copilotkit/aimock';
import { startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { openStore } from '../../src/store/open.ts';
import type { NewLog } from '../../src/store/store.ts';
import { startSimulatedProvider } from '../demo/simulated-provider.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface RunningDashboard {
  url: string;
  /** Of the upstream. */
  provider: LLMock;
  close(): Promise<void>;
}

/** Builds the dashboard where it is not as its sources are, and starts. `logs` are there before it does. */
export async function startDashboard(logs: NewLog[] = []): Promise<RunningDashboard> {
  await promisify(execFile)(process.execPath, [join(ROOT, 'bin/build-dashboard.js')]);
  const folder = await mkdtemp(join(tmpdir(), 'gradeway-dashboard-'));
  const path = join(folder, 'gradeway.db');
  if (logs.length > 0) {
    const textReader = new URL('../../src/providers/log-texts.ts', import.meta.url).href;
    const store = await openStore({ engine: 'sqlite', path }, { textReader });
    for (let at = 0; at < logs.length; at += 500) await store.logs.add(logs.slice(at, at + 500), Date.now());
    await store.close();
  }
  const provider = await startSimulatedProvider();
  const config = loadConfig({
    env: {
      GRADEWAY_PORT: '0',
      GRADEWAY_DATABASE_URL: `sqlite:${path}`,
      GRADEWAY_EVALUATORS: join(ROOT, 'evaluators'),
      GRADEWAY_LOG_LEVEL: 'silent',
      GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
      GRADEWAY_UPSTREAM_OPENAI_KEY: 'sk-of-the-test',
    },
    cwd: folder,
  });
  const gradeway = await startGradeway(config, { role: 'serve' });
  return {
    url: gradeway.url!,
    provider,
    async close() {
      await gradeway.close();
      await provider.stop();
      await rm(folder, { recursive: true });
    },
  };
}
