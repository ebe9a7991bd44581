import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Browser, Frame } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { shortDay } from '../../src/pictures/words.ts';
import { browserFile, inBrowser, launchBrowser } from '../support/chromium.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { callTool } from '../support/mcp-client.ts';
import { connectDemo, picturedCalls, recordedAnswer, resultOf } from '../support/picture-answers.ts';
import { connectPictures } from '../support/picture-client.ts';
import { type HostOptions, openInHost, viewHtml } from '../support/picture-host.ts';
import { createPlace, run } from '../support/program.ts';
import { evil, evilAgent, fillReportWorld } from '../support/report-world.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
/** What the picture of an agent is drawn of. */
const drawnAgent = z.object({
  picture: z.object({
    days: z.array(z.string()),
    series: z.array(z.object({ name: z.string(), counts: z.array(z.number()) })),
    hours: z.array(z.array(z.number())),
  }),
});

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];

const pageShape = z.object({ contents: z.tuple([z.object({ text: z.string() })]) });

/** What a page shows: its text, without what opens on demand. */
const shownText = async (frame: Frame) => (await frame.locator('main').innerText()).replaceAll(/\s+/g, ' ');

const focusedText = (frame: Frame) =>
  frame.evaluate(`document.activeElement.querySelector('.tip')?.textContent ?? document.activeElement.textContent`);

const ground = (frame: Frame) => frame.evaluate('getComputedStyle(document.documentElement).backgroundColor');

describe.skipIf(!browserFile)(`a page in a client's window, ${inBrowser}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  /** A page that shows an answer of the demo's story. */
  async function shown(which: 'summary' | 'run', options: Partial<HostOptions> = {}) {
    const html = viewHtml(which === 'run' ? 'runs' : 'agent');
    const opened = await openInHost(browser, { html, width: 1000, ...options });
    await opened.sendResult(resultOf(recordedAnswer(which)));
    return opened;
  }

  test("each tool's page draws what a real server answers, quietly", async () => {
    const { client } = await connectDemo();
    const { tools } = await client.listTools();
    for (const [name, args] of Object.values(await picturedCalls(client))) {
      const link = z.object({ ui: z.object({ resourceUri: z.string() }) });
      const { ui } = link.parse(tools.find((tool) => tool.name === name)?._meta);
      const { contents } = pageShape.parse(await client.readResource({ uri: ui.resourceUri }));
      const { page, frame, sendResult, trouble } = await openInHost(browser, { html: contents[0].text, width: 1000 });
      const answer = await callTool(client, name, args);
      await sendResult(resultOf(answer));
      expect(await frame.locator('figure.picture').count(), name).toBeGreaterThan(0);
      const facts = z
        .object({ agent_id: z.string(), run_id: z.string(), signal_count: z.number(), runs: z.array(z.unknown()) })
        .partial()
        .parse(answer.structured);
      const text = await shownText(frame);
      for (const fact of [facts.agent_id, facts.run_id, facts.signal_count])
        if (fact !== undefined) expect(text).toContain(String(fact));
      expect(trouble, name).toEqual([]);
      expect(await page.evaluate('window.appVersion')).toEqual({ name: 'dunetrace-mcp', version });
      await page.close();
    }
  });

  test('the columns, the hours and the table have the numbers of the answer', async () => {
    const { frame } = await shown('summary');
    const { picture } = drawnAgent.parse(recordedAnswer('summary').structured);
    const cells = (selector: string) => frame.locator(selector).allTextContents();
    expect((await cells('.week-hours tbody td > span')).map(Number)).toEqual(picture.hours.flat());
    const table = (await cells('.day-columns tbody td')).map(Number);
    const days = picture.series[0]?.counts.map((_, at) => picture.series.map(({ counts }) => counts[at]));
    expect(table).toEqual(days?.flat());
    const heights = await frame.evaluate(
      `[...document.querySelectorAll('.columns .mark:last-child rect')].map((each) => each.getBoundingClientRect().height)`,
    );
    const [one = 0, other = 0] = z.array(z.number()).parse(heights);
    const [more = 0, less = 1] = picture.series.map(({ counts }) => counts.at(-1) ?? 0);
    expect(one / other).toBeCloseTo(more / less, 1);
  });

  test('it looks as its host does, and follows when that changes', async () => {
    const { frame, evaluate } = await shown('summary', { theme: 'dark' });
    expect(await ground(frame)).toBe('rgb(18, 22, 29)');
    const change = (context: Record<string, unknown>) => evaluate('bridge.setHostContext', context);
    await change({ theme: 'light' });
    await frame.waitForFunction(`document.documentElement.dataset.theme === 'light'`);
    expect(await ground(frame)).toBe('rgb(255, 255, 255)');
    const variables = { '--color-background-primary': 'rgb(1, 2, 3)', '--font-sans': 'Georgia', '--ground': 'red' };
    await change({ styles: { variables } });
    await frame.waitForFunction(`document.documentElement.style.getPropertyValue('--font-sans') === 'Georgia'`);
    expect(await ground(frame)).toBe('rgb(1, 2, 3)');
    expect(await frame.evaluate('getComputedStyle(document.body).fontFamily')).toBe('Georgia');
  });

  test('numbers and dates are written as the host does', async () => {
    const { frame, evaluate } = await shown('summary', { context: { locale: 'de-DE' } });
    expect(await frame.locator('.day-names li', { hasText: '28. Nov.' }).count()).toBe(1);
    expect(await shownText(frame)).toMatch(/28\.11\.2026, \d\d:\d\d UTC/);
    await evaluate('bridge.setHostContext', { locale: 'fr-FR' });
    await frame.locator('.day-names li', { hasText: '28 nov.' }).waitFor();
  });

  test('what a host says wrongly of its looks is left out, and the answer drawn', async () => {
    const { frame } = await shown('summary', { context: { locale: 'en_US' } });
    expect(await frame.locator('.day-names li').count()).toBeGreaterThan(0);
  });

  test('Tab reaches a mark of each picture, arrows the others, and each says what it shows', async () => {
    const { page, frame } = await shown('summary');
    await frame.locator('body').focus();
    await page.keyboard.press('Tab');
    const { days, hours } = drawnAgent.parse(recordedAnswer('summary').structured).picture;
    const dayAt = (at: number) => new RegExp(`^${shortDay(days.at(at) ?? '')}: \\d+ signals?`);
    expect(await focusedText(frame)).toMatch(dayAt(-1));
    expect(await frame.evaluate(`getComputedStyle(document.querySelector('.mark:focus .tip')).clipPath`)).toBe('none');
    const after = async (key: string) => {
      await page.keyboard.press(key);
      return focusedText(frame);
    };
    expect(await after('ArrowLeft')).toMatch(dayAt(-2));
    expect(await after('Home')).toMatch(dayAt(0));
    expect(await after('ArrowLeft')).toMatch(dayAt(0));
    expect(await after('Tab')).toBe('Numbers');
    const most = Math.max(...hours.flat());
    const [row, hour] = [hours.findIndex((each) => each.includes(most)), hours.flat().indexOf(most) % 24];
    const hourAt = (day: number, at: number) =>
      new RegExp(`^${weekdays[day]} ${String(at).padStart(2, '0')}:00 .*: ${hours[day]?.[at]} signals?$`);
    expect(await after('Tab')).toMatch(hourAt(row, hour));
    expect(await after('ArrowDown')).toMatch(hourAt(row + 1, hour));
    expect(await after('ArrowRight')).toMatch(hourAt(row + 1, hour + 1));
    // The way back leads to where one was.
    await page.keyboard.press('Shift+Tab');
    expect(await after('Shift+Tab')).toMatch(dayAt(0));
  });

  test('Enter on a signal asks the host for it; its answer can be closed', async () => {
    const { client } = await connectDemo();
    const asked: unknown[] = [];
    const { page, frame, sendResult, trouble } = await openInHost(browser, {
      html: viewHtml('runs'),
      width: 1000,
      callTool: (params) => {
        asked.push(params);
        return client.callTool(params);
      },
    });
    const [name, args] = (await picturedCalls(client)).run;
    const answer = await callTool(client, name, args);
    await sendResult(resultOf(answer));
    const { signals } = z.object({ signals: z.array(z.object({ id: z.number() })) }).parse(answer.structured);
    const [signal] = signals;
    await frame.locator('.marks [data-signal]').first().focus();
    await page.keyboard.press('Enter');
    await frame.getByRole('heading', { name: 'get_signal_detail' }).waitFor();
    expect(asked).toEqual([{ name: 'get_signal_detail', arguments: { signal_id: signal?.id } }]);
    const { text } = await callTool(client, 'get_signal_detail', { signal_id: signal?.id });
    const first = text.split('\n')[0] ?? '';
    expect(await frame.locator('.answer pre').innerText()).toContain(first);
    await page.keyboard.press('Enter');
    expect(await frame.locator('.answer').innerText()).toBe('');
    expect(await frame.evaluate('document.activeElement.dataset.signal')).toBe(String(signal?.id));
    expect(trouble).toEqual([]);
  });

  test('what the host refuses is said', async () => {
    const { frame } = await shown('run', { callTool: () => Promise.reject(new Error('not today')) });
    await frame.locator('.signals [data-signal]').click();
    await frame.locator('.answer pre', { hasText: 'not today' }).waitFor();
  });

  test('a host that calls no tools is asked for none, and nothing looks as if', async () => {
    const { frame, trouble } = await shown('run');
    expect(await frame.locator('.signals [data-signal]').count()).toBe(1);
    expect(await frame.getByRole('button').count()).toBe(0);
    await frame.locator('.signals [data-signal]').click();
    expect(await frame.locator('.answer').innerText()).toBe('');
    expect(trouble).toEqual([]);
  });

  test('a long run is turned over page by page', async () => {
    const { structured, text } = recordedAnswer('run');
    const { events } = z.object({ events: z.array(z.unknown()) }).parse(structured);
    const pageFrom = (from: number) =>
      resultOf({
        text,
        structured: { ...structured, events_from: from, events: events.slice(0, 20), events_total: 40 },
      });
    const asked: unknown[] = [];
    const { frame, sendResult } = await openInHost(browser, {
      html: viewHtml('runs'),
      width: 1000,
      callTool: (params) => {
        asked.push(params.arguments);
        return Promise.resolve(pageFrom(Number(params.arguments?.events_from)));
      },
    });
    await sendResult(pageFrom(0));
    await frame.getByRole('button', { name: 'Later events' }).click();
    await frame.getByText('Events 20 to 39 of 40').waitFor();
    expect(await frame.getByRole('button', { name: 'Later events' }).count()).toBe(0);
    await frame.getByRole('button', { name: 'Earlier events' }).click();
    await frame.getByText('Events 0 to 19 of 40').waitFor();
    expect(asked).toEqual([20, 0].map((from) => ({ run_id: structured.run_id, events_from: from })));
  });

  test('an attack in each text of an answer is text', async () => {
    const api = await startFakeCustomerApi();
    fillReportWorld(api.backend, Date.now() / 1000);
    const place = createPlace(api.url);
    await run(['sync', '--quiet'], place);
    const client = await connectPictures(place);
    const { frame, sendResult, trouble } = await openInHost(browser, { html: viewHtml('agent'), width: 1000 });
    await sendResult(resultOf(await callTool(client, 'summarize_agent', { agent_id: evilAgent })));
    expect(await frame.locator('h1').textContent()).toBe(evilAgent);
    expect(await frame.locator('.rates .name').textContent()).toBe(evil);
    expect(await frame.locator('img, main script').count()).toBe(0);
    expect(trouble).toEqual([]);
  });

  test('errors and answers of other kinds are their text; a call that ended is said', async () => {
    const { frame, sendResult, evaluate } = await openInHost(browser, { html: viewHtml('agent'), width: 1000 });
    await frame.getByText('Waiting for the answer.').waitFor();
    await sendResult({ content: [{ type: 'text', text: 'No agent "x".' }], isError: true });
    expect(await frame.locator('main pre').innerText()).toBe('No agent "x".\n');
    await sendResult({ content: [{ type: 'text', text: '<b>All</b> is well.' }], structuredContent: { items: [] } });
    await frame.getByText('<b>All</b> is well.').waitFor();
    await evaluate('bridge.sendToolCancelled', { reason: 'stopped' });
    await frame.getByText('The call was cancelled.').waitFor();
  });

  test('even a script in it could load nothing and send nothing', async () => {
    let hits = 0;
    const server = createServer((_, res) => {
      hits += 1;
      res.writeHead(200, { 'access-control-allow-origin': '*' }).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
    const { page, frame } = await shown('summary');
    const tried = (where: Pick<Frame, 'evaluate'>) =>
      where.evaluate(`(async () => {
        const image = new Image();
        const failed = new Promise((then) => { image.onload = image.onerror = then; });
        image.src = '${url}/image';
        await failed;
        return fetch('${url}').then(() => 'sent', () => 'refused');
      })()`);
    expect(await tried(frame)).toBe('refused');
    expect(hits).toBe(0);
    // The same from the host's own page, so that the refusal is the policy's.
    expect(await tried(page)).toBe('sent');
    expect(hits).toBe(2);
    await frame.evaluate(`document.body.append(Object.assign(document.createElement('script'), { text: 'hit = 1' }))`);
    expect(await frame.evaluate('typeof hit')).toBe('undefined');
  });
});
