import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { guides } from '../src/guides/library.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const manifest = z
  .object({ scripts: z.record(z.string(), z.string()), bin: z.record(z.string(), z.string()) })
  .parse(JSON.parse(read('package.json')));

test('the package holds the program, its thread, its migrations, its guides and its prices, and nothing else', () => {
  const npm = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const packed = JSON.parse(
    execFileSync('npm', npm, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
  );
  const list = z.object({ files: z.array(z.object({ path: z.string() })) });
  const found = z.union([z.array(list), z.record(z.string(), list)]).parse(packed);
  const paths = Object.values(found).flatMap(({ files }) => files.map(({ path }) => path));
  expect(paths).toEqual(
    expect.arrayContaining([
      manifest.bin['dunetrace-mcp'],
      'dist/sync/worker.js',
      'migrations/meta/_journal.json',
      ...Object.keys(guides).map((name) => `src/guides/${name}.md`),
      'src/prices.json',
      'README.md',
      'LICENSE',
    ]),
  );
  expect(
    paths.filter(
      (path) =>
        !/^(dist|migrations)\/|^src\/guides\/[a-z-]+\.md$|^src\/prices\.json$|^(README\.md|LICENSE|package\.json)$/.test(
          path,
        ),
    ),
  ).toEqual([]);
});

test("the README's commands are scripts of the package, and its first screen has exactly two", () => {
  const screen = read('README.md').split('## Use it')[0] ?? '';
  const commands = [...screen.matchAll(/^npm .*?(?= {2}|$)/gm)].map(([command]) => command.trim());
  expect(commands).toEqual(['npm ci && npm run demo', 'npm ci && npm test']);
  for (const name of ['build', 'typecheck', 'lint', 'format', 'test', 'check', 'demo', 'db:generate']) {
    expect(Object.keys(manifest.scripts)).toContain(name);
  }
});

test('the README names every setting and every command', () => {
  const readme = read('README.md');
  const config = read('src/config.ts');
  for (const [variable] of config.matchAll(/DUNETRACE_[A-Z_]+/g)) expect(readme).toContain(`\`${variable}\``);
  const program = read('src/cli/program.ts');
  for (const [, command] of program.matchAll(/\.command\('([a-z]+)'/g))
    expect(readme).toContain(`dunetrace-mcp ${command}`);
});
