import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pixelmatch from 'pixelmatch';
import type { Frame, Page } from 'playwright-core';
import { PNG } from 'pngjs';

/**
 * Screenshots beside ones in the repository. They are taken in half size and with a font from a package, so that they
 * differ little from machine to machine; what still differs (edges of letters) is tolerated.
 */

const { DUNETRACE_UPDATE_PICTURES: update } = process.env;

/** `DUNETRACE_UPDATE_PICTURES=1 npx vitest run tests/pictures` takes them anew. Look at them then. */
export const isUpdating = update !== undefined;

/** `DUNETRACE_UPDATE_PICTURES=answers` first takes the answers anew that they show. */
export const isRecording = update === 'answers';

/** Of the screen's pixels; for `openInHost` and `browser.newContext`. */
export const screenshotScale = 0.5;

/** How far a colour may be off, from 0 (the same) to 1 (black and white), and how many pixels may be off further. */
const threshold = 0.2;
export const maxShare = 0.01;
/** Pixels by which sizes may differ: a line box is not as high everywhere. */
const maxSizeDifference = 3;

/** Waits until what has changed is on the screen. */
const painted = 'new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)))';

const require = createRequire(import.meta.url);
const fontFile = (weight: number) => require.resolve(`@fontsource/lato/files/lato-latin-${weight}-normal.woff2`);

/** Gives all text of a page the same font on every machine. A strict policy does not forbid it, as nothing is loaded. */
export async function setTestFont(page: Page | Frame): Promise<void> {
  const fonts = [400, 700].map((weight) => ({ weight, data: readFileSync(fontFile(weight)).toString('base64') }));
  await page.evaluate(`(async () => {
    for (const { weight, data } of ${JSON.stringify(fonts)}) {
      const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
      document.fonts.add(await new FontFace('Test', bytes, { weight: String(weight) }).load());
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { font-family: Test !important; }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    await document.fonts.ready;
  })()`);
  await page.evaluate(painted);
}

/** The share of pixels (0 to 1) that differ; 1 for pictures of different sizes. */
export function differenceOf(one: PNG, other: PNG): number {
  const [width, height] = [Math.min(one.width, other.width), Math.min(one.height, other.height)];
  const isNear = (a: number, b: number) => Math.abs(a - b) <= maxSizeDifference;
  if (!isNear(one.width, other.width) || !isNear(one.height, other.height)) return 1;
  const cropped = (image: PNG) => {
    const part = new PNG({ width, height });
    PNG.bitblt(image, part, 0, 0, width, height, 0, 0);
    return part.data;
  };
  return pixelmatch(cropped(one), cropped(other), null, width, height, { threshold }) / (width * height);
}

/** Makes the window as high as the page in its frame, once the host has given that the room it asked for. */
export async function showWhole(page: Page): Promise<void> {
  const frame = page.frames()[1];
  const viewport = page.viewportSize();
  if (!frame || !viewport) throw new Error('the window has no frame');
  const height = Number(await frame.evaluate('Math.ceil(document.documentElement.getBoundingClientRect().height)'));
  await page.waitForFunction(`document.querySelector('iframe').offsetHeight === ${height}`);
  await page.setViewportSize({ ...viewport, height });
  await frame.evaluate(painted);
}

/** Takes a screenshot of what the window shows. */
export async function takeScreenshot(page: Page): Promise<PNG> {
  await showWhole(page);
  return PNG.sync.read(await page.screenshot({ animations: 'disabled', caret: 'hide' }));
}

/**
 * Takes a screenshot of a page in its host's window, and holds it against the file `name` in `folder`.
 * @returns what is wrong; undefined: they are alike.
 */
export const screenshotFault = async (page: Page, folder: URL, name: string): Promise<string | undefined> =>
  pictureFault(await takeScreenshot(page), folder, name);

/**
 * Holds a picture against the file `name` in `folder`.
 * @returns what is wrong; undefined: they are alike.
 */
export function pictureFault(taken: PNG, folder: URL, name: string): string | undefined {
  const file = fileURLToPath(new URL(`${name}.png`, folder));
  if (isUpdating) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, PNG.sync.write(taken, { deflateLevel: 9, colorType: 2 }));
    return undefined;
  }
  if (!existsSync(file)) return `There is no ${file}. Make it with DUNETRACE_UPDATE_PICTURES=1, and look at it.`;
  const share = differenceOf(taken, PNG.sync.read(readFileSync(file)));
  if (share <= maxShare) return undefined;
  const actual = join(mkdtempSync(join(tmpdir(), 'dunetrace-picture-')), `${name}.png`);
  writeFileSync(actual, PNG.sync.write(taken));
  return `${(share * 100).toFixed(1)}% of ${file} differ from ${actual}.`;
}
