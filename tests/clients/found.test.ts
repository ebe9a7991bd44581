import { expect, test } from 'vitest';
import { mcpClients } from '../../src/clients/catalog.ts';
import { foundClients, isOnPath, settingsFile } from '../../src/clients/found.ts';
import type { Place } from '../../src/clients/places.ts';

const linux: Place = { platform: 'linux', homeDir: '/home/ada', workDir: '/shop', env: { PATH: '/bin::/opt/bin' } };
const windows: Place = { platform: 'win32', homeDir: 'C:\\ada', workDir: 'D:\\shop', env: { PATH: 'C:\\bin;D:\\npm' } };
const having =
  (...paths: string[]) =>
  (path: string) =>
    paths.includes(path);

test('a client is found by its settings or its program, and no other with it', () => {
  expect(foundClients(linux, having())).toEqual([]);
  expect(foundClients(linux, having('/home/ada/.cursor', '/opt/bin/codex', '/home/ada/.gemini/antigravity'))).toEqual([
    'cursor',
    'codex',
    'antigravity',
  ]);
  expect(foundClients(windows, having('D:\\npm\\gemini.cmd', 'C:\\ada\\AppData\\Roaming\\Claude'))).toEqual([
    'claude-desktop',
    'gemini',
  ]);
});

test('a folder of PATH without a name is none', () => {
  expect(isOnPath('codex', linux, having('codex', '/shop/codex'))).toBe(false);
});

test('the first file that is there is meant, or else the first', () => {
  const [json, jsonc] = ['/home/ada/.config/opencode/opencode.json', '/home/ada/.config/opencode/opencode.jsonc'];
  expect(settingsFile(mcpClients.opencode, 'user', linux, having(jsonc))).toBe(jsonc);
  expect(settingsFile(mcpClients.opencode, 'user', linux, having(json, jsonc))).toBe(json);
  expect(settingsFile(mcpClients.opencode, 'user', linux, having())).toBe(json);
  expect(settingsFile(mcpClients.goose, 'project', linux, having())).toBeUndefined();
});
