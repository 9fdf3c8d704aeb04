/** An alert of gradeway.yaml in a running gateway: scores come over HTTP, a receiver is told, and a restart tells nothing again. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Gradeway, startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { startReceiver } from '../webhooks/receiver.ts';

it('tells of too low scores once, across a restart, and when they are right again', async () => {
  const receiver = await startReceiver();
  const folder = await mkdtemp(join(tmpdir(), 'gradeway-alerts-'));
  const open: Gradeway[] = [];
  onTestFinished(async () => {
    for (const one of open) await one.close();
    await rm(folder, { recursive: true });
  });
  await writeFile(
    join(folder, 'gradeway.yaml'),
    `alertChecks: { everyMs: 1000 }
alerts:
  - name: too-low
    watch: { kind: mean, score: fit }
    when: { below: 50 }
    minCount: 4
    resolveAfterMinutes: 0
    destination: ${receiver.url}
`,
  );
  const config = loadConfig({ env: { GRADEWAY_PORT: '0', GRADEWAY_LOG_LEVEL: 'silent' }, cwd: folder });
  const start = async (): Promise<Gradeway> => {
    const gradeway = await startGradeway(config, { role: 'serve' });
    open.push(gradeway);
    return gradeway;
  };
  const stop = async (): Promise<void> => open.pop()!.close();
  const post = async (path: string, body: unknown): Promise<void> => {
    const { ok } = await fetch(open[0]!.url + path, { method: 'POST', body: JSON.stringify(body) });
    expect(ok).toBe(true);
  };
  const score = async (...values: number[]): Promise<void> => {
    for (const value of values) {
      const id = crypto.randomUUID();
      const providerRequest = { url: 'https://example.com/', json: {}, meta: { 'Helicone-Request-Id': id } };
      await post('/custom/v1/log', {
        providerRequest,
        providerResponse: { json: {}, status: 200, headers: {} },
        timing: {
          startTime: { seconds: Math.floor(Date.now() / 1000), milliseconds: 0 },
          endTime: { seconds: Math.ceil(Date.now() / 1000), milliseconds: 0 },
        },
      });
      await post(`/v1/request/${id}/score`, { scores: { fit: value } });
    }
  };
  const standing = async (): Promise<{ state: string; checkedAtMs: number; finding: { count: number } }> =>
    (await (await fetch(`${open[0]!.url}/api/v1/alerts/too-low`)).json()) as never;
  const types = (): unknown[] => receiver.received.map(({ body }) => (JSON.parse(body) as { type: string }).type);

  await start();
  await score(10, 20, 10, 20, 10, 20);
  await expect.poll(types, { timeout: 15_000, interval: 25 }).toEqual(['alert.firing']);
  const told = JSON.parse(receiver.received[0]!.body) as { text: string; data: { links: { alert: string } } };
  expect(told.text).toMatch(/^Alert too-low is firing: The mean of fit is 15 /);
  expect(told.data.links.alert).toBe(`${open[0]!.url}/api/v1/alerts/too-low`);

  await stop();
  await start();
  const startedAtMs = Date.now();
  await expect
    .poll(async () => (await standing()).checkedAtMs, { timeout: 15_000, interval: 25 })
    .toBeGreaterThan(startedAtMs);
  expect((await standing()).state).toBe('firing');
  expect(types()).toEqual(['alert.firing']);

  await score(...Array.from({ length: 20 }, (_, index) => 90 + (index % 2)));
  await expect.poll(types, { timeout: 15_000, interval: 25 }).toEqual(['alert.firing', 'alert.resolved']);
  expect(await standing()).toMatchObject({ state: 'ok', finding: { count: 26 } });
}, 60_000);
