/** Each page as it is opened, in both themes: what one reads on it, nothing that goes wrong unseen, nothing serious for axe. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seriousOn } from './accessibility.ts';
import { launch, type Seat, sit, withoutBrowser } from './browser.ts';
import { type RunningDashboard, startDashboard } from './running-dashboard.ts';
import { sampleLogs } from './sample-logs.ts';

/** Where a page is, what it is called, and what stands on it once it is there. */
const PAGES = [
  { path: '/overview', title: 'Overview', shows: 'What changed' },
  { path: '/logs', title: 'Logs', shows: 'gpt-4o-mini' },
  { path: '/scores', title: 'Scores', shows: 'accuracy' },
  { path: '/scores/accuracy', title: 'accuracy', shows: 'Trend' },
  { path: '/evaluators', title: 'Evaluators', shows: 'pii' },
  { path: '/evaluators/new', title: 'New evaluator', shows: 'A prompt to a model' },
  { path: '/evaluators/pii', title: 'pii', shows: 'ready' },
  { path: '/datasets', title: 'Datasets', shows: 'No datasets yet' },
  { path: '/runs', title: 'Runs', shows: 'No runs yet' },
  { path: '/runs/new', title: 'New run', shows: 'There is no dataset to run over yet' },
];

describe.skipIf(withoutBrowser)('the pages', () => {
  let dashboard: RunningDashboard;
  let browser: Browser;
  let logId: string;
  beforeAll(async () => {
    const logs = sampleLogs(400, Date.now());
    logId = logs.at(-1)!.id;
    [dashboard, browser] = await Promise.all([startDashboard(logs), launch()]);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await dashboard?.close();
  });

  it('begin with less than 150 kB of JavaScript, gzipped', async () => {
    const seat = await sit(browser, dashboard.url);
    const scripts: string[] = [];
    seat.page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.endsWith('.js')) scripts.push(pathname);
    });
    await seat.page.goto('/logs');
    await seat.page.getByText('gpt-4o-mini', { exact: true }).first().waitFor();
    await seat.close();
    const sizes = scripts.map((path) => statSync(join(import.meta.dirname, '../../dist/dashboard', `${path}.gz`)).size);
    expect(sizes.length).toBeGreaterThan(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
  });

  describe.each(['light', 'dark'] as const)('in %s', (theme) => {
    let seat: Seat;
    beforeAll(async () => {
      seat = await sit(browser, dashboard.url, theme);
    });
    afterAll(() => seat.close());

    it('are there: a log, and its raw bodies', async () => {
      const { page, faults } = seat;
      await page.goto(`/logs/${logId}`);
      await page.getByRole('heading', { name: 'Conversation', level: 2 }).waitFor();
      await page.getByText('before rule').first().waitFor();
      await seat.picture('log');
      expect(await seriousOn(page)).toEqual([]);
      await page.getByRole('link', { name: 'Raw' }).click();
      await page.getByRole('heading', { name: 'Response', level: 2 }).waitFor();
      expect(await seriousOn(page)).toEqual([]);
      expect(faults).toEqual([]);
    });

    it.each(PAGES)('are there: $title', async ({ path, title, shows }) => {
      const { page, faults } = seat;
      await page.goto(path);
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      await page.getByText(shows, { exact: true }).first().waitFor();
      await expect.poll(() => page.getByRole('status').count()).toBe(0);
      await seat.picture(path.slice(1).replaceAll('/', '-') || 'overview');
      expect(await seriousOn(page)).toEqual([]);
      expect(await page.title()).toBe(`${title} · Gradeway`);
      expect(faults).toEqual([]);
    });
  });
});
