import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { startFakeCustomerApi } from './support/fake-customer-api.ts';
import { createPlace, mainScript } from './support/program.ts';
import { fillSmallFleet } from './support/small-fleet.ts';

/** Every command that the README and the pages in docs show is run here as it stands, so that none can rot. */

const docs = new URL('../docs/', import.meta.url);
const pages = ['../README.md', ...readdirSync(docs).filter((name) => name.endsWith('.md'))];
const shown = pages.map((name) => readFileSync(new URL(name, docs), 'utf8')).join('\n');

/** The lines of their shell blocks, without comments. */
const lines = [...shown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
  .flatMap(([, block = '']) => block.split('\n'))
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line !== '');

/** Run by CI itself, or programs that are not ours. */
const notHere = /^(npm ci|sqlite3|duckdb) ?/;
const isServer = (line: string) => line.includes(' serve ');
/** Settings are this test's own: the README's API is not there. */
const isSetting = (line: string) => line.startsWith('export DUNETRACE_API_');

/** A shell in an empty home, where `dunetrace-mcp` runs the program that was just built. */
async function createShell() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  const bin = join(place.folder, 'bin');
  mkdirSync(bin);
  const program = join(bin, 'dunetrace-mcp');
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${mainScript}" "$@"\n`);
  chmodSync(program, 0o755);
  writeFileSync(join(place.folder, 'question.sql'), 'SELECT count(*) FROM v_signals');
  symlinkSync(place.file, join(place.folder, 'colleague.db'));
  const env = { ...place.env, PATH: `${bin}${delimiter}${place.env.PATH}` };
  const start = (line: string) => {
    const child = spawn('bash', ['-c', line], { env, cwd: place.folder, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    return child;
  };
  return { place, start };
}

async function runLine(start: Awaited<ReturnType<typeof createShell>>['start'], line: string) {
  const child = start(line);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { line, code, said: `${stdout}${stderr}` };
}

test('the pages show commands', () => {
  expect(lines.length).toBeGreaterThan(10);
  expect(lines.filter((line) => notHere.test(line))).not.toEqual([]);
});

test('each command does what it says, in the order of the pages', async () => {
  const { start } = await createShell();
  const commands = lines.filter((line) => !notHere.test(line) && !isServer(line) && !isSetting(line));
  expect(commands.some((line) => line.startsWith('dunetrace-mcp config'))).toBe(true);
  for (const line of commands) {
    const { code, said } = await runLine(start, line.endsWith(' sql') ? `echo 'SELECT 1' | ${line}` : line);
    expect({ line, code, said }).toEqual({ line, code: 0, said });
  }
});

test.each(lines.filter(isServer))('%s listens', async (line) => {
  const { start } = await createShell();
  const settings = lines.filter((other) => other.startsWith('export DUNETRACE_HTTP_TOKEN'));
  const child = start([...settings, `exec ${line} --port 0`].join('\n'));
  let said = '';
  for await (const chunk of child.stderr) {
    said += String(chunk);
    if (said.includes('listening on')) break;
  }
  expect(said).toMatch(/listening on http:\/\/.*\/mcp/);
  child.kill('SIGTERM');
  await once(child, 'exit');
});
