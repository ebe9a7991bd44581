import type { Browser } from 'playwright-core';
import { PNG } from 'pngjs';
import { z } from 'zod';
import { openPage } from './chromium.ts';
import { layoutFaults } from './layout.ts';
import { pictureFault, screenshotScale, setTestFont } from './screenshots.ts';

/** The ways in which people look at pages: widths in pixels. */
export const looks = [1280, 400].flatMap((width) => (['light', 'dark'] as const).map((theme) => ({ width, theme })));

type Look = (typeof looks)[number];

/** Shows a page that has no server. */
export async function show(browser: Browser, html: string, { width, theme }: Look) {
  const { page, trouble } = await openPage(browser, {
    viewport: { width, height: 1000 },
    deviceScaleFactor: screenshotScale,
    colorScheme: theme,
  });
  await page.setContent(html);
  return { page, trouble };
}

/** What does not fit in the page, or what the browser did besides showing it. */
export async function faultsOf(browser: Browser, html: string, look: Look): Promise<string[]> {
  const { page, trouble } = await show(browser, html, look);
  return [...(await layoutFaults(page)), ...trouble];
}

/**
 * Holds the page, down to `maxHeight` pixels, against its screenshot in `folder`.
 * @returns what is wrong; undefined: they are alike.
 */
export async function lookFault(
  browser: Browser,
  html: string,
  look: Look,
  { folder, name, maxHeight }: { folder: URL; name: string; maxHeight: number },
): Promise<string | undefined> {
  const { page } = await show(browser, html, look);
  await setTestFont(page);
  const height = z.number().parse(await page.evaluate('document.body.offsetHeight'));
  await page.setViewportSize({ width: look.width, height: Math.min(height, maxHeight) });
  const taken = await page.screenshot({ animations: 'disabled', caret: 'hide' });
  return pictureFault(PNG.sync.read(taken), folder, `${name}-${look.width}-${look.theme}`);
}
