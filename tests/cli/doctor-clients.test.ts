import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createPlace, ended, mainScript, start } from '../support/program.ts';

/** What `doctor` says of the clients whose settings have this server. */

function createHome(extra: Record<string, string> = {}) {
  const place = createPlace('http://127.0.0.1:9', { DUNETRACE_TIMEOUT_SECONDS: '1', ...extra });
  const project = join(place.folder, 'project');
  mkdirSync(project);
  return {
    place,
    put: (name: string, content: string) => {
      const file = join(place.folder, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    config: (...args: string[]) => ended(start(['config', ...args], place, project)),
    clients: async () => {
      const { stdout } = await ended(start(['doctor'], place, project));
      return stdout
        .replaceAll(place.folder, '~')
        .split('\n')
        .flatMap((line) => /^(\w+) +Client +(.*)$/.exec(line)?.slice(1).join(': ') ?? []);
    },
  };
}

const servers = (dunetrace: unknown) => JSON.stringify({ mcpServers: { dunetrace } });

test('what config wrote starts, and is told for each client and scope', async () => {
  const { config, clients } = createHome();
  for (const args of [['cursor'], ['opencode'], ['goose'], ['codex', '--scope', 'project'], ['gemini', '--http']]) {
    expect((await config(...args, '--write')).code).toBe(0);
  }
  expect(await clients()).toEqual([
    'ok: Cursor starts this server (~/.cursor/mcp.json)',
    'ok: Gemini CLI connects to a server that runs (~/.gemini/settings.json)',
    'ok: opencode starts this server (~/.config/opencode/opencode.json)',
    'ok: Goose starts this server (~/.config/goose/config.yaml)',
    'ok: Codex starts this server (~/project/.codex/config.toml)',
  ]);
});

test('entries that fetch the package, or whose program is gone, have a warning and the way on', async () => {
  const { put, place, config, clients } = createHome();
  put('.cursor/mcp.json', servers({ command: 'npx', args: ['-y', 'dunetrace-mcp'] }));
  put('.kiro/settings/mcp.json', servers({ command: '/gone/bin/node', args: [mainScript] }));
  put(
    'project/.gemini/settings.json',
    servers({ command: process.execPath, args: [join(place.folder, 'old/main.js')] }),
  );
  put('.lmstudio/mcp.json', servers({ command: 'dunetrace-mcp', env: { DUNETRACE_API_KEY: 'dt_secret_1' } }));
  const told = await clients();
  expect(told).toEqual([
    'warn: Cursor has npx fetch a package that is not published: whoever takes its name gets the key. Run `dunetrace-mcp config cursor --write` to renew ~/.cursor/mcp.json.',
    'warn: Kiro starts /gone/bin/node, which is not there. Run `dunetrace-mcp config kiro --write` to renew ~/.kiro/settings/mcp.json.',
    'warn: LM Studio starts dunetrace-mcp, which is in no folder of PATH here. Run `dunetrace-mcp config lm-studio --write` to renew ~/.lmstudio/mcp.json.',
    'warn: Gemini CLI starts ~/old/main.js, which is not there. Run `dunetrace-mcp config gemini --write --scope project` to renew ~/project/.gemini/settings.json.',
  ]);
  for (const args of [['cursor'], ['kiro'], ['lm-studio'], ['gemini', '--scope', 'project']]) {
    await config(...args, '--write');
  }
  expect((await clients()).filter((line) => line.startsWith('warn'))).toEqual([]);
});

test("other servers' entries are nobody's business; a file that can't be read is named", async () => {
  const { put, clients } = createHome();
  put('.cursor/mcp.json', JSON.stringify({ mcpServers: { other: { command: 'npx', args: ['dunetrace-mcp'] } } }));
  expect(await clients()).toEqual(['ok: none has this server yet; `dunetrace-mcp config` offers it']);
  put('.cursor/mcp.json', '{ "mcpServers": ');
  chmodSync(put('.claude.json', servers({ command: 'x' })), 0o600);
  expect(await clients()).toEqual([
    'warn: Claude Code starts x, which is in no folder of PATH here. Run `dunetrace-mcp config claude-code --write` to renew ~/.claude.json.',
    "warn: Cursor: ~/.cursor/mcp.json was not changed: it can't be read (invalid JSON at line 1). Repair it, or move it away.",
  ]);
});

test('settings that are wrong keep the clients from no check', async () => {
  const { put, clients } = createHome({ DUNETRACE_POLL_SECONDS: 'often' });
  put('.cursor/mcp.json', servers({ command: process.execPath, args: [mainScript] }));
  expect(await clients()).toEqual(['ok: Cursor starts this server (~/.cursor/mcp.json)']);
});
