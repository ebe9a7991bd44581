import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fleetPage } from '../../src/page/frame.ts';
import { reportPage } from '../../src/report/page.ts';
import { browserFile, inBrowser, launchBrowser } from '../support/chromium.ts';
import { layoutFaults } from '../support/layout.ts';
import { show } from '../support/looks.ts';
import { storyReport } from '../support/story-report.ts';

/** What an A4 page is wide in CSS pixels, without its margins of 14 mm. */
const paper = 688;
/** 7.5 points. */
const minOnPaper = 10;

describe.skipIf(!browserFile)(`on paper, ${inBrowser}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  async function print(html: string) {
    const { page } = await show(browser, html, { width: paper, theme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    return page;
  }

  test('the report is light, fits, and no picture or row is cut in two', async () => {
    const page = await print(reportPage(await storyReport({ inFull: 25 })));
    expect(await layoutFaults(page, { minText: minOnPaper })).toEqual([]);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    const breaks = `[...new Set([...document.querySelectorAll('.picture, tr, article')].map((each) => getComputedStyle(each).breakInside))]`;
    expect(await page.evaluate(breaks)).toEqual(['avoid']);
    expect(await page.evaluate("document.querySelectorAll('.picture').length")).toBeGreaterThan(20);
  });

  test('a PDF has all agents, the fleet linked to each', async () => {
    const report = await storyReport({ inFull: 25 });
    const page = await print(reportPage(report));
    const pdf = (await page.pdf({ preferCSSPageSize: true, tagged: false })).toString('latin1');
    expect(pdf).toMatch(/^%PDF-/);
    const pages = pdf.match(/\/Type \/Page\b/g)?.length ?? 0;
    expect(pages).toBeGreaterThanOrEqual(report.agents.length);
    expect(pages).toBeLessThan(3 * report.agents.length);
    expect(pdf.match(/\/Subtype \/Link\b/g)?.length).toBeGreaterThanOrEqual(report.agents.length);
  });

  test('what can only be clicked stays away', async () => {
    const state = { version: 'one', freshness: 'Source: the local mirror.' };
    const shown = { period: { days: 7 }, isSignedIn: true };
    const page = await print(fleetPage({ state, report: await storyReport({ inFull: 1 }) }, shown).html);
    for (const hidden of ['nav', 'button', 'summary'])
      for (const each of await page.locator(hidden).all()) expect(await each.isVisible()).toBe(false);
    expect(await page.getByText('Source: the local mirror.').isVisible()).toBe(true);
    expect(await page.locator('.fleet tbody tr').count()).toBe(8);
  });
});
