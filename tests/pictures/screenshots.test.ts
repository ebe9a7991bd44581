import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserFile, inBrowser, launchBrowser } from '../support/chromium.ts';
import { isLong } from '../support/effort.ts';
import { extremes } from '../support/extreme-answers.ts';
import { layoutFaults } from '../support/layout.ts';
import { pictured, recordAnswers, recordedAnswer, resultOf } from '../support/picture-answers.ts';
import { openInHost, viewHtml } from '../support/picture-host.ts';
import {
  differenceOf,
  isRecording,
  isUpdating,
  maxShare,
  screenshotFault,
  screenshotScale,
  setTestFont,
  takeScreenshot,
} from '../support/screenshots.ts';

const folder = new URL('./screenshots/', import.meta.url);
const themes = ['light', 'dark'] as const;
const widths = [1280, 400] as const;
const kept = pictured.flatMap((one) => themes.flatMap((theme) => widths.map((width) => ({ ...one, theme, width }))));

describe.skipIf(!browserFile || !(isLong || isUpdating))(`pictures (part of test:long) ${inBrowser}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test.runIf(isRecording)('their answers are taken anew', recordAnswers);

  test.each(kept)('$which looks as it should, $theme, $width pixels wide', async ({ which, view, theme, width }) => {
    const { page, frame, sendResult } = await openInHost(browser, {
      html: viewHtml(view),
      width,
      theme,
      scale: screenshotScale,
      callTool: () => Promise.reject(new Error('not asked')),
    });
    await sendResult(resultOf(recordedAnswer(which)));
    await setTestFont(frame);
    expect(await layoutFaults(frame)).toEqual([]);
    expect(await screenshotFault(page, folder, `${which}-${theme}-${width}`)).toBeUndefined();
  });

  test.each(extremes.flatMap((one) => widths.map((width) => ({ ...one, width }))))(
    '$what at the edge of what fits, $width pixels wide',
    async ({ view, structured, width }) => {
      const callTool = () => Promise.reject(new Error('not asked'));
      const { frame, sendResult } = await openInHost(browser, { html: viewHtml(view), width, callTool });
      await sendResult(resultOf({ text: '', structured }));
      expect(await frame.locator('figure.picture').count()).toBeGreaterThan(0);
      await setTestFont(frame);
      expect(await layoutFaults(frame)).toEqual([]);
    },
  );

  test('a layout that is wrong, and a look that is another, are noticed', async () => {
    const { page, frame, sendResult } = await openInHost(browser, { html: viewHtml('agent'), width: 400 });
    await sendResult(resultOf(recordedAnswer('summary')));
    const before = await takeScreenshot(page);
    const faultsWith = async (css: string) => {
      await frame.evaluate(`(() => {
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('${css}');
        document.adoptedStyleSheets = [...document.adoptedStyleSheets.slice(0, 2), sheet];
      })()`);
      return layoutFaults(frame);
    };
    expect(await faultsWith('')).toEqual([]);
    expect(await faultsWith('.day-names .wide { visibility: visible !important; }')).toContain(
      '"10 Nov" and "13 Nov" are on each other',
    );
    expect(await faultsWith('.day-names { font-size: 9px !important; }')).toContain('"10 Nov" is 9px');
    expect(await faultsWith('.tip { width: 30rem; max-width: none !important; }')).toContainEqual(
      expect.stringMatching(/^the tip 30 Oct.* is cut$/),
    );
    expect(await faultsWith('main { width: 30rem; }')).toContain('the page is 492 wide');
    expect(await faultsWith('.columns rect { fill: none; }')).toEqual([]);
    expect(differenceOf(before, await takeScreenshot(page))).toBeGreaterThan(maxShare);
  });
});
