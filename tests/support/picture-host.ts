import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, Frame } from 'playwright-core';
import { openPage } from './chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The page that a client gets for a view, as it is built. */
export const viewHtml = (view: string): string =>
  readFileSync(new URL(`../../dist/${view}.html`, import.meta.url), 'utf8');

async function hostScript(): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['tests/pictures/host/host.ts'],
    write: false,
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    charset: 'ascii',
  });
  return outputFiles[0]?.text ?? '';
}

let script: Promise<string> | undefined;

export interface HostOptions {
  html: string;
  width: number;
  theme?: 'light' | 'dark';
  /** What else the host tells of itself. */
  context?: Record<string, unknown>;
  /** How it calls the server's tools; undefined: it does not. */
  callTool?: (params: { name: string; arguments?: Record<string, unknown> }) => Promise<unknown>;
  scale?: number;
}

/** Shows a page in a client's window. */
export async function openInHost(
  browser: Browser,
  { html, width, theme = 'light', context, callTool, scale = 1 }: HostOptions,
) {
  script ??= hostScript();
  const { page, trouble } = await openPage(browser, {
    viewport: { width, height: 900 },
    deviceScaleFactor: scale,
    // The host's word counts, not the system's.
    colorScheme: theme === 'light' ? 'dark' : 'light',
  });
  await page.setContent(
    '<!doctype html><style>body{margin:0}iframe{border:0;width:100%;display:block}</style><body></body>',
  );
  await page.exposeFunction('callServer', callTool ?? (() => Promise.reject(new Error('not offered'))));
  await page.addScriptTag({ content: await script });
  const evaluate = (call: string, ...args: unknown[]) =>
    page.evaluate(`${call}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
  await evaluate('show', {
    html,
    capabilities: callTool ? { serverTools: {} } : {},
    context: { theme, ...context },
  });
  const frame: Frame | undefined = page.frames()[1];
  if (!frame) throw new Error('there is no frame');
  return {
    page,
    frame,
    trouble,
    evaluate,
    /** Sends a tool's result to the page, as the host does when the tool has answered. */
    sendResult: async (result: unknown) => {
      await evaluate('sendResult', result);
      await frame.locator('main h1, main pre, main p').first().waitFor();
    },
  };
}
