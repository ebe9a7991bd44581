import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { chosenFrom } from '../../src/cli/config-offer.ts';
import { runConfig } from '../support/config-command.ts';
import { createPlace, ended, mainScript, type Place, start } from '../support/program.ts';

/** `config` without a client: which are on this machine, and which of them get the server. */

function createHome() {
  const { folder, env, file } = createPlace('http://localhost:8002', { DUNETRACE_API_KEY: 'dt_live_secret' });
  const bin = join(folder, 'bin');
  const put = (name: string, content: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content, { mode: 0o755 });
  };
  mkdirSync(bin);
  const place: Place = { folder, file, env: { ...env, PATH: bin } };
  return { place, put, read: (name: string) => readFileSync(join(folder, name), 'utf8') };
}

const run = (place: Place, ...args: string[]) => {
  const child = start(['config', ...args], place, place.folder);
  child.stdin.end();
  return ended(child);
};

/** The command on a terminal where somebody types `typed`. */
const ask = (place: Place, typed: string) => runConfig({ place, typed });

test('where no client is, it says so, and names them', async () => {
  const { code, stdout, stderr } = await run(createHome().place);
  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toMatch(/^No client was found here\..* claude-code, claude-desktop, .*, warp\.$/m);
});

test('settings and programs give a client away; the commands that write to it are printed', async () => {
  const { place, put } = createHome();
  put('.cursor/mcp.json', '{}');
  put('bin/goose', '');
  put('.gemini/GEMINI.md', '');
  const command = `"${process.execPath}" "${mainScript}" config`;
  expect((await run(place)).stdout).toBe(
    `${command} cursor --write   # ${place.folder}/.cursor/mcp.json\n${command} goose  --write   # ${place.folder}/.config/goose/config.yaml\n`,
  );
  put('bin/dunetrace-mcp', '');
  expect((await run(place, '--port', '9000', '--scope', 'project')).stdout).toBe(
    `dunetrace-mcp config cursor --write --scope project --port 9000   # ${place.folder}/.cursor/mcp.json\n`,
  );
});

test.each([
  { args: [], written: mainScript },
  { args: ['--url', 'https://mirror.test/mcp?a=1&b=2'], written: '"https://mirror.test/mcp?a=1&b=2"' },
])('a printed command does what it says: $args', async ({ args, written }) => {
  const { place, put, read } = createHome();
  put('.cursor/mcp.json', '{}');
  const { stdout } = await run(place, ...args);
  put('commands.sh', stdout);
  execFileSync('/bin/sh', [join(place.folder, 'commands.sh')], {
    env: { ...place.env, PATH: `${place.env.PATH}${delimiter}/usr/bin` },
  });
  expect(read('.cursor/mcp.json')).toContain(written);
});

test("an address that can't be is a usage error, and no command holds it", async () => {
  const { place, put } = createHome();
  put('.cursor/mcp.json', '{}');
  const { code, stdout } = await run(place, '--url', 'mirror.test');
  expect([code, stdout]).toEqual([2, '']);
});

test('on a terminal it asks, and writes to those that are picked', async () => {
  const { place, put, read } = createHome();
  put('.cursor/mcp.json', '{}');
  put('.kiro/settings/mcp.json', '{}');
  put('.lmstudio/mcp.json', '{}');
  const { code, stdout, stderr } = await ask(place, '1 lm-studio\n');
  expect(code).toBe(0);
  expect(stderr).toContain(`  1  cursor     ${place.folder}/.cursor/mcp.json\n  2  kiro  `);
  expect(stdout).toMatch(/^\nCursor\n[\s\S]*\nLM Studio\n/);
  expect(stdout).not.toContain('dt_live_secret');
  for (const file of ['.cursor/mcp.json', '.lmstudio/mcp.json']) expect(read(file)).toContain('dt_live_secret');
  expect(read('.kiro/settings/mcp.json')).toBe('{}');
});

test.each(['\n', ''])('an answer of %j is none', async (typed) => {
  const { place, put, read } = createHome();
  put('.cursor/mcp.json', '{}');
  const { code, stdout } = await ask(place, typed);
  expect([code, stdout]).toEqual([0, 'Nothing was written.\n']);
  expect(read('.cursor/mcp.json')).toBe('{}');
});

test('a client whose file is broken keeps no other from its entry', async () => {
  const { place, put, read } = createHome();
  put('.cursor/mcp.json', '{ broken');
  put('.lmstudio/mcp.json', '{}');
  const { code, stderr } = await ask(place, 'all\n');
  expect(code).toBe(2);
  expect(stderr).toContain("mcp.json was not changed: it can't be read");
  expect(read('.lmstudio/mcp.json')).toContain('dunetrace');
});

test('an answer is read by numbers and names', () => {
  const offered = ['cursor', 'kiro', 'warp'] as const;
  expect(chosenFrom(' 3, Cursor 1 ', offered)).toEqual(['warp', 'cursor']);
  expect(chosenFrom('all', offered)).toEqual(offered);
  expect(chosenFrom(' ', offered)).toEqual([]);
  expect(() => chosenFrom('1 4', offered)).toThrow('"4" is none of these. Nothing was written.');
});
