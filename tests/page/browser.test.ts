import { createServer } from 'node:http';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { browserFile, inBrowser, launchBrowser, openPage } from '../support/chromium.ts';
import { serveOnLoopback } from '../support/loopback.ts';
import { startPages, token } from '../support/pages.ts';
import { evilAgent } from '../support/report-world.ts';

const wideScreen = { viewport: { width: 1280, height: 600 } };
/** As often as can be. */
const following = { DUNETRACE_POLL_SECONDS: '1' };

const runsOf = (page: Page, agentId: string) =>
  page
    .locator('.fleet tbody tr', { has: page.getByRole('link', { name: agentId, exact: true }) })
    .locator('td')
    .first();

const signIn = async (page: Page, text: string) => {
  await page.getByLabel('Token').fill(text);
  await page.getByRole('button', { name: 'Sign in' }).click();
};

describe.skipIf(!browserFile)(`the live page ${inBrowser}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  /** A tab, and whatever happens in it besides requests to this server. */
  async function open(url: string, options: BrowserContextOptions = {}) {
    const { page, trouble } = await openPage(browser, { ...wideScreen, ...options });
    await page.goto(url);
    return { page, troubles: () => trouble.filter((text) => !text.startsWith(url)) };
  }

  test('is whole without scripts: links lead to agents, periods and back', async () => {
    const { url } = await startPages();
    const { page, troubles } = await open(url, { javaScriptEnabled: false });
    expect(await page.locator('noscript').textContent()).toBe('Reload the page to see what is newer.');
    expect(await runsOf(page, 'busy-agent').textContent()).toBe('10');
    await page.locator('.fleet').getByRole('link', { name: 'busy-agent' }).click();
    await page.getByRole('link', { name: '30 days' }).click();
    expect(page.url()).toBe(`${url}/agents?id=busy-agent&days=30`);
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toEqual([
      expect.stringMatching(/^busy-agent /),
    ]);
    await page.getByRole('link', { name: 'Dunetrace' }).click();
    expect(page.url()).toBe(`${url}/?days=30`);
    expect(await page.getByRole('heading', { level: 2 }).allTextContents()).toContain(
      '3 agents in these 30 days, the gravest first',
    );
    expect(troubles()).toEqual([]);
  });

  test('follows a commit in the mirror, and keeps focus, scroll position and open details', async () => {
    const { url, api } = await startPages(following);
    const { page, troubles } = await open(url);
    await page.getByText('This page follows the mirror.').waitFor();
    await page.evaluate('window.isTheSamePage = true');
    const numbers = page
      .locator('.agent', { hasText: 'busy-agent' })
      .locator('details', { hasText: 'Numbers' })
      .first();
    await numbers.locator('summary').click();
    const link = page.locator('.agent h2').getByRole('link', { name: 'calm-agent' });
    await link.focus();
    await page.evaluate('scrollTo(0, 700)');
    const now = Date.now() / 1000;
    const run = { agentVersion: 'v1', startedAt: now - 9, completedAt: now - 5, exitReason: 'run.completed' };
    const runId = '00000099-0000-4000-8000-000000000000';
    api.backend.ingestRun({ ...run, agentId: 'calm-agent', runId });
    api.backend.analyse(runId, [{ failureType: 'RAG_EMPTY_RETRIEVAL', severity: 'LOW', stepIndex: 1 }]);
    await page.getByText('First time: RAG_EMPTY_RETRIEVAL of calm-agent, 1 signal').waitFor();
    expect(await runsOf(page, 'calm-agent').textContent()).toBe('5');
    expect(await page.evaluate('[window.isTheSamePage, scrollY > 0]')).toEqual([true, true]);
    expect(await numbers.evaluate((details) => details.hasAttribute('open'))).toBe(true);
    expect(await link.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true);
    expect(troubles()).toEqual([]);
  });

  test('goes on with the API down, and says its age by itself', async () => {
    const { url, api } = await startPages(following);
    const { page } = await open(url);
    await page.locator('#freshness', { hasText: 'Source: mirror, ' }).waitFor();
    await api.stop();
    await page.locator('#freshness', { hasText: /can't be reached|did not answer/ }).waitFor();
    await page.reload();
    expect(await runsOf(page, 'busy-agent').textContent()).toBe('10');
  });

  test('tells a server that answers something else from one that does not answer', async () => {
    const { url } = await startPages();
    const { page } = await open(url);
    await page.getByText('This page follows the mirror.').waitFor();
    await page.route('**/state', (route) => route.fulfill({ status: 503, body: 'later' }));
    await page.getByText(/The server answers with status 503: this page is as of \d\d:\d\d:\d\d UTC\./).waitFor();
    await page.unroute('**/state');
    await page.getByText('This page follows the mirror.').waitFor();
  });

  test('says so when the server is gone', async () => {
    const { url, child } = await startPages();
    const { page } = await open(url);
    await page.getByText('This page follows the mirror.').waitFor();
    child.kill('SIGTERM');
    await page.getByText(/The server does not answer: this page is as of \d\d:\d\d:\d\d UTC\./).waitFor();
    expect(await runsOf(page, 'busy-agent').textContent()).toBe('10');
  });

  test('lets a browser in with the token, by a cookie that no script and no other site gets', async () => {
    const { url } = await startPages({ DUNETRACE_HTTP_TOKEN: token });
    const { page } = await open(`${url}/agents?id=busy-agent`);
    await signIn(page, 'a-token-of-other-characters');
    expect(await page.getByRole('alert').textContent()).toBe('This is not the token of this server.');
    expect(await page.context().cookies()).toEqual([]);
    await signIn(page, token);
    expect(page.url()).toBe(`${url}/`);
    expect(await runsOf(page, 'busy-agent').textContent()).toBe('10');
    const [cookie, ...others] = await page.context().cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/', domain: '127.0.0.1' });
    expect(cookie?.value).not.toContain(token);
    expect(await page.evaluate('document.cookie')).toBe('');
    // Another tab notices by itself that the browser has signed out.
    const other = await page.context().newPage();
    await other.goto(url);
    await other.getByText('This page follows the mirror.').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    for (const tab of [page, other]) await tab.getByLabel('Token').waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });

  test('is closed to pages of other sites: their forms, frames, scripts and links', async () => {
    const { url } = await startPages({ DUNETRACE_HTTP_TOKEN: token });
    const form = (action: string) =>
      `<form method="post" action="${url}${action}"><input name="token" value="${token}"><button>${action}</button></form>`;
    const elsewhere = await serveOnLoopback(
      createServer((_, res) => {
        res.setHeader('content-type', 'text/html');
        res.end(`${form('/sign-in')}${form('/sign-out')}<a href="${url}/">look</a><iframe src="${url}/"></iframe>`);
      }),
    );
    // Another name is another site, another port is not.
    for (const address of [elsewhere, elsewhere.replace('127.0.0.1', 'localhost')]) {
      const { page } = await open(address);
      await page.getByRole('button', { name: '/sign-in' }).click();
      await page.getByText('A page of another site led here.').waitFor();
      expect(await page.context().cookies()).toEqual([]);
      await page.goto(url);
      await signIn(page, token);
      await page.goto(address);
      await page.getByRole('button', { name: '/sign-out' }).click();
      await page.getByText('A page of another site led here.').waitFor();
      await page.goto(address);
      expect(await page.frameLocator('iframe').getByText('busy-agent').count()).toBe(0);
      const read = `fetch(${JSON.stringify(`${url}/state`)}, { credentials: 'include' }).then(() => 'read', () => 'refused')`;
      expect(await page.evaluate(read)).toBe('refused');
      await page.getByRole('link', { name: 'look' }).click();
      await page.getByText('A page of another site led here.').waitFor();
      await page.getByRole('link', { name: 'Show all agents' }).click();
      expect(await runsOf(page, 'busy-agent').textContent()).toBe('10');
    }
  });

  test('shows attacks as text, and its policy would stop what came through', async () => {
    const { url } = await startPages();
    const { page, troubles } = await open(url);
    await page.locator('.fleet').getByRole('link', { name: evilAgent }).click();
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toContain(evilAgent);
    await page.getByText('This page follows the mirror.').waitFor();
    expect(await page.locator('script').evaluateAll((all) => all.map((each) => each.getAttribute('src')))).toEqual([
      '/page.js',
    ]);
    expect(await page.locator('img, iframe, object, [onerror], [style]').count()).toBe(0);
    expect(troubles()).toEqual([]);
    const asked: string[] = [];
    const stranger = await serveOnLoopback(
      createServer((req, res) => {
        asked.push(req.url ?? '');
        res.end();
      }),
    );
    const violated = await page.evaluate(`new Promise((resolve) => {
      const seen = new Set();
      addEventListener('securitypolicyviolation', ({ effectiveDirective }) => {
        seen.add(effectiveDirective);
        if (seen.size === 4) resolve([...seen].sort());
      });
      document.body.insertAdjacentHTML('beforeend', '<img src="${stranger}/image" onerror="window.isHarmed = true"><b style="color: red">');
      const script = document.createElement('script');
      script.textContent = 'window.isHarmed = true';
      document.body.append(script);
    })`);
    expect(violated).toEqual(['img-src', 'script-src-attr', 'script-src-elem', 'style-src-attr']);
    expect(await page.evaluate('window.isHarmed')).toBeUndefined();
    expect(asked).toEqual([]);
  });
});
