import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/** What a comment or a document cites is in the repository: the file, and the section in quotes after its name. */

const root = fileURLToPath(new URL('..', import.meta.url));

const filesBelow = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
const files = [...readdirSync(root), ...['src', 'tests', 'bench', 'scripts', 'docs'].flatMap(filesBelow)];

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const comment = /\/\*[\s\S]*?\*\/|(?:^[ \t]*\/\/.*\n?)+|\/\/.*/gm;
const commentsOf = (code: string) =>
  (code.match(comment) ?? []).map((text) => text.replace(/\n[ \t]*(?:\*|\/\/) ?/g, ' '));
const withoutUrls = (text: string) => text.replace(/https?:\/\/\S+/g, '');
const citation = /([\w./-]+\.md)\b[`)\]]*(?:#([\w-]+))?(?:, (['"])(.+?)\3(?!\w))?|\]\(#([\w-]+)\)/g;

const headingsOf = (file: string) => [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');

/** The citations in a file's text that lead nowhere. */
function broken(file: string, text: string): string[] {
  return [...withoutUrls(text).matchAll(citation)].flatMap(([all, name = file, anchor, , section, here]) => {
    const found = [name, join(dirname(file), name)].find((path) => existsSync(join(root, path)));
    if (found === undefined) return [`${file}: ${all}`];
    const headings = headingsOf(found);
    const isSection = section === undefined || headings.includes(section);
    const link = anchor ?? here;
    return isSection && (link === undefined || headings.map(anchorOf).includes(link)) ? [] : [`${file}: ${all}`];
  });
}

test('each document and section that a comment or a document cites is there', () => {
  const documents = files.filter((file) => file.endsWith('.md'));
  const code = files.filter((file) => /\.[cm]?[jt]s$/.test(file));
  expect(documents).toContain('docs/customer-api.md');
  expect(code.length).toBeGreaterThan(300);
  expect([
    ...documents.flatMap((file) => broken(file, read(file))),
    ...code.flatMap((file) => commentsOf(read(file)).flatMap((text) => broken(file, text))),
  ]).toEqual([]);
});

test('a citation that leads nowhere is found', () => {
  const found = broken(
    'docs/customer-api.md',
    [
      "Good: README.md, 'License', [a link](../README.md#license), customer-api.md, 'Endpoints', [here](#endpoints).",
      "Bad: none.md, README.md, 'None', [a link](../README.md#none), [here](#none).",
    ].join('\n'),
  );
  expect(found.map((each) => each.replace('docs/customer-api.md: ', ''))).toEqual([
    'none.md',
    "README.md, 'None'",
    '../README.md#none',
    '](#none)',
  ]);
  // Put together here, as it would be read as a comment of this file otherwise.
  const slashes = '/'.repeat(2);
  const lines = [`${slashes} Source: docs/customer-api.md, 'How rows`, `${slashes} come to be'.`];
  const [text = ''] = commentsOf(lines.join('\n'));
  expect(broken('src/some.ts', text)).toEqual(["src/some.ts: docs/customer-api.md, 'How rows come to be'"]);
});
