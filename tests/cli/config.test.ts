import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { mcpClients } from '../../src/clients/catalog.ts';
import type { McpClient } from '../../src/clients/client.ts';
import { clientNames } from '../../src/clients/names.ts';
import { createPlace, ended, mainScript, start } from '../support/program.ts';

const key = 'dt_live_secret';

/** A home folder, and a way to run `config` in it. */
function createHome(extra: Record<string, string> = {}) {
  const place = createPlace('http://localhost:8002', { DUNETRACE_API_KEY: key, ...extra });
  return {
    folder: place.folder,
    config: (...args: string[]) => ended(start(['config', ...args], place, place.folder)),
    read: (name: string) => readFileSync(join(place.folder, name), 'utf8'),
    write: (name: string, text: string) => {
      mkdirSync(dirname(join(place.folder, name)), { recursive: true });
      writeFileSync(join(place.folder, name), text);
    },
  };
}

test.each(clientNames)(
  '%s: the snippet is printed alone on stdout, without the key, and nothing is written',
  async (name) => {
    const { config, folder } = createHome();
    const { code, stdout, stderr } = await config(name);
    expect(code).toBe(0);
    expect(stdout).toContain(mainScript);
    expect(stdout).toContain(process.execPath);
    expect(stdout + stderr).not.toContain('npx');
    expect(stdout + stderr).not.toContain(key);
    expect(stderr).toMatch(/Add this to .*, or let --write do it\./);
    expect(readdirSync(folder)).toEqual([]);
  },
);

test.each(clientNames)(
  '%s: written for the user, the file has the key, is private, and no output shows it',
  async (name) => {
    const { config } = createHome();
    const { code, stdout, stderr } = await config(name, '--write');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).not.toContain(key);
    const file = /^Written to (.*)\.$/m.exec(stdout)?.[1] ?? '';
    expect(readFileSync(file, 'utf8')).toContain(key);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = await config(name, '--write');
    expect(again.stdout).toBe(`${file} already has this entry.\n`);
  },
);

const isForProjects = (name: (typeof clientNames)[number]) => {
  const { files }: McpClient = mcpClients[name];
  return files.project !== undefined;
};

test.each(clientNames.filter(isForProjects))("%s: a project's file never gets the key", async (name) => {
  const { config } = createHome();
  const { code, stdout } = await config(name, '--write', '--scope', 'project');
  expect(code).toBe(0);
  const file = /^Written to (.*)\.$/m.exec(stdout)?.[1] ?? '';
  expect(readFileSync(file, 'utf8')).not.toContain(key);
  expect(stdout).toMatch(/^Export DUNETRACE_API_KEY where .* is started\.$/m);
});

test('a diff comes first, the file before is kept, and a link stays a link', async () => {
  const { config, folder, read, write } = createHome();
  const before =
    '{\n  // mine\n  "mcpServers": {\n    "other": { "command": "x", "env": { "TOKEN": "t0k3n" } }\n  }\n}\n';
  write('dotfiles/claude.json', before);
  symlinkSync(join(folder, 'dotfiles', 'claude.json'), join(folder, '.claude.json'));
  const { stdout } = await config('claude-code', '--write');
  expect(stdout.indexOf('+    "dunetrace": {')).toBeGreaterThan(-1);
  expect(stdout.indexOf('+    "dunetrace": {')).toBeLessThan(stdout.indexOf('Written to'));
  expect(read('dotfiles/claude.json')).toContain('// mine');
  expect(read('dotfiles/claude.json')).toContain('"TOKEN": "t0k3n"');
  expect(read('dotfiles/claude.json.bak')).toBe(before);
});

test('a key that is changed shows neither the old nor the new one', async () => {
  const { config, read, write } = createHome();
  write('.cursor/mcp.json', '{"mcpServers":{"dunetrace":{"command":"npx","env":{"DUNETRACE_API_KEY":"dt_old_one"}}}}');
  const { stdout } = await config('cursor', '--write');
  expect(read('.cursor/mcp.json')).toContain(key);
  expect(stdout).not.toMatch(/dt_old_one|dt_live_secret/);
  expect(stdout).toContain('********');
});

test('a value that stands in for a variable is a secret, the name of the variable none', async () => {
  const { config, write } = createHome();
  const variable = (inner: string) => ['$', '{', inner, '}'].join('');
  const before = { DUNETRACE_API_KEY: variable('KEY:-dt_live_within'), DUNETRACE_HTTP_TOKEN: variable('MY_TOKEN') };
  write('.cursor/mcp.json', JSON.stringify({ mcpServers: { dunetrace: { command: 'npx', env: before } } }));
  const { stdout } = await config('cursor', '--write');
  expect(stdout).not.toContain('dt_live_within');
  expect(stdout).toContain('MY_TOKEN');
});

test("no secret is shown, in whatever quotes, nor another server's", async () => {
  const { config, write } = createHome({ CODEX_HOME: '' });
  write('.codex/config.toml', "[mcp_servers.dunetrace]\nenv = { DUNETRACE_API_KEY = 'dt_old_one' }\n");
  write('.cursor/mcp.json', '{"mcpServers":{"other":{"env":{"GH_TOKEN":"ghp_\\"abc"}}}}');
  const said = [await config('codex', '--write'), await config('cursor', '--write')].map(({ stdout }) => stdout);
  expect(said.join('')).not.toMatch(/dt_old_one|dt_live_secret|ghp_|abc/);
  expect(said.join('').match(/\*{8}/g)?.length).toBeGreaterThan(2);
});

test.each([
  [
    'codex',
    '.codex/config.toml',
    `[mcp_servers.dunetrace]\ncommand = "x"\nenv = { DUNETRACE_API_KEY = "dt_literal" }\n`,
  ],
  ['zed', '.zed/settings.json', '{"context_servers":{"dunetrace":{"env":{"DUNETRACE_API_KEY":"dt_literal"}}}}'],
  ['cursor', '.cursor/mcp.json', '{"mcpServers":{"dunetrace":{"env":{"DUNETRACE_API_KEY":"dt_literal"}}}}'],
])("%s: a key that a project's file holds goes", async (name, file, text) => {
  const { config, read, write } = createHome();
  write(file, text);
  const { code, stdout } = await config(name, '--write', '--scope', 'project');
  expect(code).toBe(0);
  expect(read(file)).not.toContain('dt_literal');
  expect(stdout).not.toContain('dt_literal');
});

test('a link to a file that is not there yet stays a link', async () => {
  const { config, folder, read } = createHome();
  symlinkSync(join(folder, 'dotfiles', 'claude.json'), join(folder, '.claude.json'));
  expect((await config('claude-code', '--write')).code).toBe(0);
  expect(read('dotfiles/claude.json')).toContain('dunetrace');
});

test('colour only where it is asked for', async () => {
  const colour = '\u001b[';
  const plain = await createHome().config('cursor', '--write');
  expect(plain.stdout).not.toContain(colour);
  const forced = await createHome({ FORCE_COLOR: '1' }).config('cursor', '--write');
  expect(forced.stdout).toContain(`${colour}32m+`);
});

test.each([
  [['claude-desktop', '--http'], /Claude Desktop starts its servers itself and takes no address/],
  [['windsurf', '--scope', 'project'], /Windsurf has no project settings/],
  [['emacs'], /emacs/],
  [['cursor', '--scope', 'world'], /world/],
  [['goose', '--scope', 'project'], /Goose has no project settings/],
])('config %j is a usage error', async (args, message) => {
  const { code, stderr } = await createHome().config(...args);
  expect(code).toBe(2);
  expect(stderr).toMatch(message);
});

test('a file that is broken is left as it is', async () => {
  const { config, read, write, folder } = createHome();
  write('.cursor/mcp.json', '{ "mcpServers": ');
  const { code, stderr } = await config('cursor', '--write');
  expect(code).toBe(2);
  expect(stderr).toMatch(/mcp\.json was not changed: it can't be read \(invalid JSON at line 1\)/);
  expect(read('.cursor/mcp.json')).toBe('{ "mcpServers": ');
  expect(readdirSync(join(folder, '.cursor'))).toEqual(['mcp.json']);
});

test('of several files that a client reads, the one that is there gets the entry', async () => {
  const { config, folder, read, write } = createHome();
  write('.config/opencode/opencode.jsonc', '{\n  // mine\n  "theme": "dark"\n}\n');
  const { stdout } = await config('opencode', '--write');
  expect(stdout).toContain(`Written to ${join(folder, '.config/opencode/opencode.jsonc')}.`);
  expect(read('.config/opencode/opencode.jsonc')).toContain('// mine');
  expect(readdirSync(join(folder, '.config/opencode')).sort()).toEqual(['opencode.jsonc', 'opencode.jsonc.bak']);
});

test("what a user set in an entry of a client stays, and only a new one gets the client's defaults", async () => {
  const { config, read, write } = createHome();
  write('.copilot/mcp-config.json', '{"mcpServers":{"dunetrace":{"command":"old","tools":["list_agents"]}}}');
  const { stdout } = await config('copilot-cli', '--write');
  expect(JSON.parse(read('.copilot/mcp-config.json')).mcpServers.dunetrace).toMatchObject({ tools: ['list_agents'] });
  expect(stdout).not.toContain('tools');
  const fresh = createHome();
  await fresh.config('copilot-cli', '--write');
  expect(JSON.parse(fresh.read('.copilot/mcp-config.json')).mcpServers.dunetrace).toMatchObject({ tools: ['*'] });
});

test('a client that needs more before it starts the server says so', async () => {
  const { config } = createHome();
  const trusts = /^Gemini CLI starts servers only in a folder that it trusts/m;
  expect((await config('gemini')).stderr).toMatch(trusts);
  expect((await config('gemini', '--write')).stdout).toMatch(trusts);
  expect((await config('claude-code')).stderr).not.toContain('asks');
  expect((await config('claude-code', '--scope', 'project')).stderr).toContain('Claude Code asks once');
});
