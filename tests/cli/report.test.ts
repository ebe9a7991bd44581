import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { isLong } from '../support/effort.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect } from '../support/mcp-client.ts';
import { createPlace, ended, start } from '../support/program.ts';
import { evil, evilAgent, fillReportWorld } from '../support/report-world.ts';

const sizesShape = z.object({ page: z.number(), text: z.number() });

/** A mirror of the report's world, and a way to run commands beside it. */
async function createMirror() {
  const api = await startFakeCustomerApi();
  fillReportWorld(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  const call = (...args: string[]) => ended(start(args, place, place.folder));
  expect(await call('sync', '--quiet')).toMatchObject({ code: 0 });
  return { api, place, call, read: (name: string) => readFileSync(join(place.folder, name), 'utf8') };
}

test('the file is named on stdout, has every agent, and says when its days end', async () => {
  const { place, call, read } = await createMirror();
  const { code, stdout, stderr } = await call('report', '--days', '3');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe(`${join(place.folder, 'dunetrace-report.html')}\n`);
  const page = read('dunetrace-report.html');
  expect(page).toMatch(/The 3 days up to 20\d\d-\d\d-\d\d \d\d:\d\d UTC/);
  for (const agent of ['busy-agent', 'calm-agent']) expect(page).toContain(`<h2>${agent}</h2>`);
  expect(page).not.toContain(evil);
  expect(page).not.toContain(evilAgent);
});

test('it is private, and goes through no link', async () => {
  const { place, call, read } = await createMirror();
  writeFileSync(join(place.folder, 'precious'), 'mine');
  writeFileSync(join(place.folder, 'dunetrace-report.html'), '', { mode: 0o644 });
  symlinkSync('precious', join(place.folder, 'dunetrace-report.html.new'));
  symlinkSync('precious', join(place.folder, 'linked.html'));
  for (const file of ['dunetrace-report.html', 'linked.html']) {
    expect(await call('report', '--out', file)).toMatchObject({ code: 0 });
    expect(lstatSync(join(place.folder, file)).mode).toBe(0o100600);
  }
  expect(read('precious')).toBe('mine');
});

test('one agent, on stdout', async () => {
  const { call } = await createMirror();
  const { code, stdout } = await call('report', '--agent', 'calm-agent', '--out', '-');
  expect(code).toBe(0);
  expect(stdout).toContain('<h2>calm-agent</h2>');
  expect(stdout).not.toContain('busy-agent');
});

test('it needs no API, and says so when the mirror is not whole', async () => {
  const { api, place, call, read } = await createMirror();
  await api.stop();
  expect(await call('report', '--out', 'r.html')).toMatchObject({ code: 0 });
  expect(read('r.html')).not.toContain('⚠');
  const empty = await ended(start(['report'], createPlace(api.url)));
  expect(empty.code).toBe(5);
  expect(empty.stderr).toContain('dunetrace-mcp sync');
  expect(existsSync(join(place.folder, 'r.html.new'))).toBe(false);
});

test.each([
  [['--days', '0'], /--days is "0"; it takes a whole number from 1 to 90/],
  [['--days', '1.5'], /--days is "1\.5"/],
  [['--agent', 'bussy-agent'], /has no agent "bussy-agent"\. It has: .*busy-agent/],
  [['--out', 'taken/report.html'], /can't be written to .*taken.*Name another file with --out/],
])('report %j is a usage error', async (args, message) => {
  const { place, call } = await createMirror();
  writeFileSync(join(place.folder, 'taken'), '');
  const { code, stderr } = await call('report', ...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

const browserFile = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

describe.skipIf(!browserFile || !isLong)(
  `in a browser (part of test:long${browserFile ? '' : '; skipped: Chromium is not installed'})`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await chromium.launch({ executablePath: browserFile ?? '', args: ['--no-sandbox'] });
    });
    afterAll(() => browser.close());

    /** The report as a person with a screen of this width sees it, and what the browser did besides. */
    async function open(file: string, width: number, colorScheme: 'light' | 'dark' = 'light') {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      onTestFinished(() => page.close());
      const trouble: string[] = [];
      page.on('console', (message) => trouble.push(message.text()));
      page.on('pageerror', (error) => trouble.push(error.message));
      page.on('dialog', (dialog) => {
        trouble.push(dialog.message());
        void dialog.dismiss();
      });
      page.on('request', (request) => {
        if (request.url() !== `file://${file}`) trouble.push(request.url());
      });
      await page.goto(`file://${file}`);
      return { page, trouble };
    }

    test('numbers are right, nothing is asked for, nothing fails, and attacks are text', async () => {
      const { place, call } = await createMirror();
      // Inputs are in the events, which a server brings.
      const { call: ask } = await connect({ env: { ...place.env, DUNETRACE_EVENTS_DAYS: '30' } });
      const patterns = () => ask('get_agent_patterns', { agent_id: 'busy-agent' });
      await askUntil(patterns, ({ text }) => text.includes('hash=in1'));
      const file = join(place.folder, 'r.html');
      await call('report', '--days', '3', '--out', file);
      const { page, trouble } = await open(file, 1440);
      const rows = (selector: string) =>
        page
          .locator(`${selector} tbody tr`)
          .evaluateAll((found) => found.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent)));
      const fleet = await rows('section:has(h2:text-is("Fleet")) table');
      expect(fleet.map((cells) => cells.slice(0, 3))).toEqual([
        ['busy-agent', '10', '6'],
        [evilAgent, '3', '3'],
        ['calm-agent', '4', '0'],
      ]);
      const busy = page.locator('section.agent', { has: page.locator('h2', { hasText: 'busy-agent' }) });
      expect(await busy.locator('.legend li').allTextContents()).toEqual(['TOOL_LOOP (5)', 'CONTEXT_BLOAT (1)']);
      const text = await busy.innerText();
      expect(text).toContain('5/10 runs (50%)');
      expect(text).toContain('1/10 runs (10%)');
      expect(text).toMatch(/v2\s+5\/5 runs \(100%\) 95%: 57–100% ▲ regression/);
      expect(text).toMatch(/v1\s+0\/5 runs \(0%\)/);
      expect(text).toMatch(/in1\s+TOOL_LOOP\s+3\/5 runs \(60%\)/);
      expect(text).toContain('Latest signals');
      const columns = await busy.locator('.columns .tip').allTextContents();
      const counted = columns.map((tip) => Number(/: (\d+) /.exec(tip)?.[1])).reduce((sum, count) => sum + count, 0);
      expect(counted).toBe(6);
      expect(await page.locator('h2', { hasText: evilAgent }).count()).toBe(1);
      expect(trouble).toEqual([]);
    });

    test.each([360, 1440] as const)('at %i pixels it fits, and every chart says what it shows', async (width) => {
      const { place, call } = await createMirror();
      const file = join(place.folder, 'r.html');
      await call('report', '--out', file);
      const { page } = await open(file, width);
      const sizes = sizesShape.parse(
        await page.evaluate(`({
        page: document.documentElement.scrollWidth,
        text: Math.min(...[...document.querySelectorAll('p, td, h2, h3')].map((e) => parseFloat(getComputedStyle(e).fontSize))),
      })`),
      );
      expect(sizes.page).toBeLessThanOrEqual(width);
      expect(sizes.text).toBeGreaterThanOrEqual(12);
      const charts = page.getByRole('img');
      expect(await charts.count()).toBeGreaterThan(5);
      for (const label of await charts.evaluateAll((found) => found.map((chart) => chart.getAttribute('aria-label')))) {
        expect(label).toBeTruthy();
      }
    });

    test('a long name takes lines of its own, and pushes no column out of sight', async () => {
      const { place, call } = await createMirror();
      const file = join(place.folder, 'r.html');
      await call('report', '--out', file);
      const { page } = await open(file, 1440);
      const hidden = await page.evaluate(
        "[...document.querySelectorAll('.halves td:first-child')].filter((each) => each.offsetWidth > 400).length",
      );
      expect(hidden).toBe(0);
    });

    test('light and dark differ, and paper is always light', async () => {
      const { place, call } = await createMirror();
      const file = join(place.folder, 'r.html');
      await call('report', '--out', file);
      const ground = async (scheme: 'light' | 'dark', media: 'screen' | 'print') => {
        const { page } = await open(file, 1440, scheme);
        await page.emulateMedia({ media, colorScheme: scheme });
        return page.evaluate('getComputedStyle(document.body).backgroundColor');
      };
      expect(await ground('light', 'screen')).toBe('rgb(255, 255, 255)');
      expect(await ground('dark', 'screen')).toBe('rgb(18, 22, 29)');
      expect(await ground('dark', 'print')).toBe('rgb(255, 255, 255)');
    });
  },
);
