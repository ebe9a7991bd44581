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
      'the page is 500 wide',
      '"wide" is wider than what holds it',
    ]);
    expect(await found(`<p style="overflow: hidden">${long}`)).toEqual([
      expect.stringMatching(/^"x+" is cut$/),
      expect.stringMatching(/^"x+" is beyond the page$/),
    ]);
    expect(await found(`<section style="width: 100px">${'x'.repeat(30)}`)).toEqual([
      `"${'x'.repeat(30)}" is out of its place`,
    ]);
    expect(await found('<p style="font-size: 9px">small')).toEqual(['"small" is 9px']);
    expect(await found('<svg viewBox="0 0 9 9"><text y="5">big')).toContain('"big" is stretched');
    expect(await found('<p>under<p style="margin-top: -40px">over')).toEqual(['"over" and "under" are on each other']);
    expect(await found('<p class="tip" style="margin-left: -9px; clip-path: inset(50%)">tip')).toEqual([
      'the tip tip is cut',
    ]);
  } finally {
    await browser.close();
  }
});
