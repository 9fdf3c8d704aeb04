/**
 * Debian's Chromium, driven as a person would drive it. Whatever goes wrong in a page without being seen (an error in a script, a
 * breach of the policy, a request to anywhere else, a dialog) is kept, for tests to look at. Pictures go to a folder outside
 * of git, for people: GRADEWAY_SCREENSHOTS, or gradeway-screenshots among the temporary files.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = process.env.GRADEWAY_CHROMIUM ?? '/usr/bin/chromium';
export const PICTURES = process.env.GRADEWAY_SCREENSHOTS ?? join(tmpdir(), 'gradeway-screenshots');

/** Whether tests that need a browser are left out; on CI they never are. */
export const withoutBrowser = !existsSync(CHROMIUM) && !process.env.CI;
if (withoutBrowser)
  process.stderr.write(
    `Tests of the dashboard are left out: there is no ${CHROMIUM}. apt-get install chromium brings it.\n`,
  );

export interface Seat {
  page: Page;
  context: BrowserContext;
  /** What went wrong unseen. */
  faults: string[];
  /** Takes a picture of what is in the window. */
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

export function launch(): Promise<Browser> {
  // Without a sandbox of its own it also runs as root; the pages are ours.
  return chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
}

/** A window of its own, without cookies. */
export async function sit(browser: Browser, url: string, theme: 'light' | 'dark' = 'light'): Promise<Seat> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: theme,
    viewport: { width: 1360, height: 850 },
    timezoneId: 'Europe/Berlin',
    locale: 'en-GB',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A refused question is shown on the page, and the browser says so here as well.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text());
  });
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !/^(data|blob|about):/.test(asked)) faults.push(`request: ${asked}`);
  });
  return {
    page,
    context,
    faults,
    async picture(name) {
      mkdirSync(PICTURES, { recursive: true });
      await page.screenshot({ path: join(PICTURES, `${name}-${theme}.png`) });
    },
    close: () => context.close(),
  };
}
