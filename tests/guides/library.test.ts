import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { guides, readGuide } from '../../src/guides/library.ts';
import { tools } from '../../src/tools/registry.ts';

const all = Object.values(guides);
const read = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('every guide is a markdown file and the other way round, with its own title', async () => {
  const files = readdirSync(new URL('../../src/guides', import.meta.url)).filter((name) => name.endsWith('.md'));
  expect(files.sort()).toEqual(all.map(({ name }) => `${name}.md`).sort());
  for (const { name, title, uri } of all) {
    expect(await readGuide(name)).toMatch(new RegExp(`^# ${title}\n\n`));
    expect(uri).toBe(`dunetrace://docs/${name}`);
  }
});

test('a guide refers to guides that there are', async () => {
  const uris = all.map(({ uri }) => uri);
  for (const { name } of all)
    for (const [uri] of (await readGuide(name)).matchAll(/dunetrace:\/\/docs\/[\w-]+/g)) expect(uris).toContain(uri);
});

test('mcp-server names every tool and every setting', async () => {
  const guide = await readGuide('mcp-server');
  for (const { name } of tools) expect(guide).toContain(`| \`${name}\` |`);
  for (const [variable] of read('src/config.ts').matchAll(/DUNETRACE_[A-Z_]+/g))
    expect(guide).toContain(`\`${variable}\``);
});

test('detectors and guard-rails speak of every failure type that the sample knows', async () => {
  const templates = read('src/sample/texts.ts') + read('tests/support/customer-api/texts.ts');
  const types = [...templates.matchAll(/^ {2}([A-Z_]+): \{$/gm)].map(([, type = '']) => type);
  expect(types).toHaveLength(12);
  const [detectors, rails] = await Promise.all([readGuide('detectors'), readGuide('guard-rails')]);
  for (const type of types) {
    expect(detectors).toContain(`### ${type}\n`);
    expect(rails).toContain(type);
  }
});
