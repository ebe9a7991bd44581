import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { agentPage, fleetPage, messagePage, signInPage } from '../../src/page/frame.ts';
import { browserFile, inBrowser, launchBrowser } from '../support/chromium.ts';
import { isLong } from '../support/effort.ts';
import { faultsOf, lookFault, looks } from '../support/looks.ts';
import { isUpdating } from '../support/screenshots.ts';
import { storyReport } from '../support/story-report.ts';

const folder = new URL('./screenshots/', import.meta.url);
const state = { version: 'one', freshness: 'Source: the local mirror (equal to the API 12s ago).' };
const shown = { period: { days: 7 }, isSignedIn: true };

/** The pages by their names. */
async function pages(): Promise<Record<'fleet' | 'agent' | 'sign-in' | 'message', string>> {
  const report = await storyReport({ inFull: 5 });
  const agents = report.agents.filter(({ agent }) => agent.agentId === 'research-agent');
  return {
    fleet: fleetPage({ state, report }, shown).html,
    agent: agentPage({ state, report: { ...report, agents } }, 'research-agent', shown).html,
    'sign-in': signInPage('This is not the token of this server.').html,
    message: messagePage('Not found', `The mirror has no agent "${'x'.repeat(200)}".`).html,
  };
}

describe.skipIf(!browserFile || !(isLong || isUpdating))(`the pages (part of test:long) ${inBrowser}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test.each(looks)('at $width pixels, $theme, nothing is cut or out of its place', async (look) => {
    for (const html of Object.values(await pages())) expect(await faultsOf(browser, html, look)).toEqual([]);
  });

  test.each(looks)('at $width pixels, $theme, they look as they did', async (look) => {
    const { fleet, agent, 'sign-in': signIn } = await pages();
    for (const [name, html] of Object.entries({ fleet, agent, 'sign-in': signIn }))
      expect(await lookFault(browser, html, look, { folder, name, maxHeight: 1400 })).toBeUndefined();
  });
});
