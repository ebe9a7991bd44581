import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

/** The browser of this machine; undefined: there is none, and its tests are skipped. */
export const browserFile = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** For the title of tests that need it. */
export const inBrowser = `in a browser${browserFile ? '' : ' (skipped: Chromium is not installed)'}`;

export const launchBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserFile ?? '', args: ['--no-sandbox'] });

/** A page, and whatever it says or asks for that a quiet page does not. */
export async function openPage(
  browser: Browser,
  options: BrowserContextOptions,
): Promise<{ page: Page; trouble: string[] }> {
  const context = await browser.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const trouble: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'debug') trouble.push(message.text());
  });
  page.on('pageerror', (error) => trouble.push(error.message));
  page.on('request', (request) => trouble.push(request.url()));
  page.on('dialog', (dialog) => {
    trouble.push(dialog.message());
    void dialog.dismiss();
  });
  return { page, trouble };
}
