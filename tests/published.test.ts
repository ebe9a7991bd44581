import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { clientNames } from '../src/clients/names.ts';
import { isPublished } from '../src/published.ts';
import { runConfig } from './support/config-command.ts';
import { createPlace } from './support/program.ts';

/**
 * While the name `dunetrace-mcp` is free on npm, whoever takes it gets the key of each user whom we send to it by npx.
 * Once it is ours, the README leads with npx.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const filesBelow = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)));

/** The places of a text that have npx, or another runner of packages, fetch this one. */
const fetches = (text: string) =>
  text.match(
    /\b(?:npx|npm (?:exec|i|install|create)|pnpm dlx|yarn dlx|bunx)\b[^`.;|]{0,80}?[\s"']dunetrace-mcp(?![\w/.-])/g,
  ) ?? [];

describe('pages and packages', () => {
  const pages = [
    ...readdirSync(root).filter((name) => /\.(md|json)$/.test(name) && name !== 'package-lock.json'),
    ...['docs', 'packaging', 'src/guides', '.github'].flatMap(filesBelow).filter((name) => !name.endsWith('.png')),
  ];

  test('have nobody fetch the package before it is ours, and the README leads with it then', () => {
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'server.json', 'docs/clients.md']));
    const found = pages.filter((page) => fetches(read(page)).length > 0);
    if (isPublished) expect(found).toContain('README.md');
    else expect(found).toEqual([]);
  });

  test.each([
    'npx dunetrace-mcp',
    'npx -y dunetrace-mcp@0.1.0 config',
    '"command": "npx", "args": ["-y", "dunetrace-mcp"]',
    '{\n  "command": "npx",\n  "args": [\n    "dunetrace-mcp@latest"\n  ]\n}',
    'npm install -g dunetrace-mcp',
    'npm i --global dunetrace-mcp',
    'pnpm dlx dunetrace-mcp',
  ])('%j is such a place', (text) => {
    expect(fetches(text)).toHaveLength(1);
  });

  test.each([
    'npm ci && npm install --global "./$(npm pack --silent)"',
    'npm i -g ./dunetrace-mcp-0.1.0.tgz',
    'npx vitest run tests/sync/plan.test.ts',
    'npx comes with npm. Start dunetrace-mcp by its path.',
  ])('%j is none', (text) => {
    expect(fetches(text)).toEqual([]);
  });
});

describe('what config prints', () => {
  const fromNpx = '/home/ada/.npm/_npx/0f1e/node_modules/dunetrace-mcp/dist/main.js';
  const printed = async (name: string, program: { isPublished: boolean; mainScript?: string }) =>
    (await runConfig({ place: createPlace('http://localhost:8002'), name, program: { version: '1.2.3', ...program } }))
      .stdout;

  test.each(clientNames)('%s: Node and the program by their paths before it is ours', async (name) => {
    const stdout = await printed(name, { isPublished: false, mainScript: fromNpx });
    expect(stdout).toContain(fromNpx);
    expect(stdout).not.toMatch(/\bnpx\b/);
  });

  test.each(clientNames)('%s: a fixed version that npx has, where npx runs it then', async (name) => {
    const stdout = await printed(name, { isPublished: true, mainScript: fromNpx });
    expect(stdout.replaceAll(/[\s"',[\]-]+/g, ' ')).toMatch(
      / npx (args:? = )?.*y prefer offline dunetrace mcp@1\.2\.3/,
    );
    expect(stdout).not.toContain('_npx');
  });

  test('a program that is installed is started by its path then, too', async () => {
    expect(await printed('cursor', { isPublished: true })).not.toContain('npx');
  });
});
