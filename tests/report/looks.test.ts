import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportPage } from '../../src/report/page.ts';
import { browserFile, inBrowser, launchBrowser } from '../support/chromium.ts';
import { isLong } from '../support/effort.ts';
import { faultsOf, lookFault, looks } from '../support/looks.ts';
import { isUpdating } from '../support/screenshots.ts';
import { storyReport } from '../support/story-report.ts';

const folder = new URL('./screenshots/', import.meta.url);

/** The gravest agent in full, with few signals. */
async function shortPage(): Promise<string> {
  const report = await storyReport({ inFull: 1 });
  return reportPage({ ...report, agents: report.agents.map((part) => ({ ...part, latest: part.latest.slice(0, 4) })) });
}

describe.skipIf(!browserFile || !(isLong || isUpdating))(`the report (part of test:long) ${inBrowser}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test.each(looks)('at $width pixels, $theme, nothing is cut or out of its place', async (look) => {
    for (const days of [7, 90] as const)
      expect(await faultsOf(browser, reportPage(await storyReport({ days, inFull: 25 })), look)).toEqual([]);
  });

  test.each(looks)('at $width pixels, $theme, it looks as it did', async (look) => {
    const fault = await lookFault(browser, await shortPage(), look, { folder, name: 'report', maxHeight: 2000 });
    expect(fault).toBeUndefined();
  });
});
