import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createPlace, mainScript } from './support/program.ts';

const manifest = z
  .object({ engines: z.object({ node: z.string() }), version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

/** Starts the bin in a Node that says it is `version`. */
async function startAs(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, mainScript, '--version'];
  const { env } = createPlace('http://127.0.0.1:9');
  return promisify(execFile)(process.execPath, args, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test.each(['12.22.12', '20.20.2', '22.13.1'])(
  'Node %s is told in one sentence which one is needed',
  async (version) => {
    expect(await startAs(version)).toEqual({
      code: 2,
      stdout: '',
      stderr: `dunetrace-mcp: Node 22.14 or newer is needed, and this is Node ${version}.\n`,
    });
  },
);

test.each(['22.14.0', '24.0.0', '26.10.0'])('Node %s will do', async (version) => {
  expect(await startAs(version)).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
});

test('the version that is demanded is the one in package.json', () => {
  expect(manifest.engines.node).toBe('>=22.14');
});

test('what an old Node reads before that sentence, it can parse: no static import but one of Node, nothing newer than 2018', () => {
  const source = readFileSync(mainScript, 'utf8');
  expect([...source.matchAll(/\bimport\b[^(]*?from *["']([^"']+)/g)].map(([, from]) => from)).toEqual(['node:module']);
  expect(source).not.toMatch(/\?\?|\?\.|\bawait\b|#\w/);
  expect(source.length).toBeLessThan(1000);
});
