import { expect, test } from 'vitest';
import { browserFile, inBrowser, launchBrowser } from './chromium.ts';
import { faultsOf } from './looks.ts';

test.skipIf(!browserFile)(`what does not fit is found, ${inBrowser}`, async () => {
  const browser = await launchBrowser();
  const found = (html: string) =>
    faultsOf(browser, `<!doctype html><body style="margin: 0"><main>${html}</main>`, { width: 400, theme: 'light' });
  const [long, wide] = ['x'.repeat(99), 'width: 500px'];
  try {
    expect(await found('<p>It fits.</p><details><summary>More</summary><p style="width: 9000px">')).toEqual([]);
    expect(await found(`<p style="${wide}">wide`)).toEqual([
      'the page is 500 pixels wide',
      'wider than its parent: "wide"',
    ]);
    expect(await found(`<p style="overflow: hidden">${long}`)).toEqual([
      expect.stringMatching(/^cut: "x/),
      expect.stringMatching(/^out of its place: "x/),
    ]);
    expect(await found('<p style="font-size: 9px">small')).toEqual(['only 9 pixels high: "small"']);
    expect(await found('<p>under<p style="margin-top: -40px">over')).toEqual([
      'one over the other: "over" and "under"',
    ]);
  } finally {
    await browser.close();
  }
});
