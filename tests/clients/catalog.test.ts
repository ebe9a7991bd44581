import { describe, expect, test } from 'vitest';
import { type McpClient, mcpClients, type Place } from '../../src/clients/catalog.ts';
import { httpWay, stdioWay } from '../../src/clients/launch.ts';
import { clientNames } from '../../src/clients/names.ts';

const linux: Place = { platform: 'linux', homeDir: '/home/ada', workDir: '/shop', env: {} };
const mac: Place = { platform: 'darwin', homeDir: '/Users/ada', workDir: '/shop', env: {} };
const windows: Place = {
  platform: 'win32',
  homeDir: 'C:\\Users\\ada',
  workDir: 'D:\\work',
  env: { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' },
};

const filesOf = (place: Place) =>
  clientNames.map((name) => {
    const { files }: McpClient = mcpClients[name];
    return `${name}: ${files.user?.(place)} | ${files.project?.(place) ?? 'none'}`;
  });

test('every client has a name on the command line, and the other way round', () => {
  expect([...clientNames].sort()).toEqual(Object.keys(mcpClients).sort());
});

describe('files', () => {
  test('on Linux', () => {
    expect(filesOf(linux)).toMatchInlineSnapshot(`
      [
        "claude-code: /home/ada/.claude.json | /shop/.mcp.json",
        "claude-desktop: /home/ada/.config/Claude/claude_desktop_config.json | none",
        "cursor: /home/ada/.cursor/mcp.json | /shop/.cursor/mcp.json",
        "vscode: /home/ada/.config/Code/User/mcp.json | /shop/.vscode/mcp.json",
        "codex: /home/ada/.codex/config.toml | /shop/.codex/config.toml",
        "gemini: /home/ada/.gemini/settings.json | /shop/.gemini/settings.json",
        "windsurf: /home/ada/.codeium/windsurf/mcp_config.json | none",
        "zed: /home/ada/.config/zed/settings.json | /shop/.zed/settings.json",
      ]
    `);
  });

  test('on macOS', () => {
    expect(filesOf(mac)).toMatchInlineSnapshot(`
      [
        "claude-code: /Users/ada/.claude.json | /shop/.mcp.json",
        "claude-desktop: /Users/ada/Library/Application Support/Claude/claude_desktop_config.json | none",
        "cursor: /Users/ada/.cursor/mcp.json | /shop/.cursor/mcp.json",
        "vscode: /Users/ada/Library/Application Support/Code/User/mcp.json | /shop/.vscode/mcp.json",
        "codex: /Users/ada/.codex/config.toml | /shop/.codex/config.toml",
        "gemini: /Users/ada/.gemini/settings.json | /shop/.gemini/settings.json",
        "windsurf: /Users/ada/.codeium/windsurf/mcp_config.json | none",
        "zed: /Users/ada/.config/zed/settings.json | /shop/.zed/settings.json",
      ]
    `);
  });

  test('on Windows', () => {
    expect(filesOf(windows)).toMatchInlineSnapshot(`
      [
        "claude-code: C:\\Users\\ada\\.claude.json | D:\\work\\.mcp.json",
        "claude-desktop: C:\\Users\\ada\\AppData\\Roaming\\Claude\\claude_desktop_config.json | none",
        "cursor: C:\\Users\\ada\\.cursor\\mcp.json | D:\\work\\.cursor\\mcp.json",
        "vscode: C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\mcp.json | D:\\work\\.vscode\\mcp.json",
        "codex: C:\\Users\\ada\\.codex\\config.toml | D:\\work\\.codex\\config.toml",
        "gemini: C:\\Users\\ada\\.gemini\\settings.json | D:\\work\\.gemini\\settings.json",
        "windsurf: C:\\Users\\ada\\.codeium\\windsurf\\mcp_config.json | none",
        "zed: C:\\Users\\ada\\AppData\\Roaming\\Zed\\settings.json | D:\\work\\.zed\\settings.json",
      ]
    `);
  });

  test('the folders that the environment names go first', () => {
    const env = { CODEX_HOME: '/c', XDG_CONFIG_HOME: '/x' };
    expect(mcpClients.codex.files.user({ ...linux, env })).toBe('/c/config.toml');
    expect(mcpClients.zed.files.user({ ...linux, env })).toBe('/x/zed/settings.json');
    expect(mcpClients.vscode.files.user({ ...linux, env })).toBe('/x/Code/User/mcp.json');
  });
});

describe('entries', () => {
  test('a server that the client starts, with the key by name', () => {
    const way = stdioWay({ platform: 'linux', apiUrl: 'http://h:1', apiKey: { variable: 'DUNETRACE_API_KEY' } });
    expect(Object.fromEntries(clientNames.map((name) => [name, mcpClients[name].entry(way)]))).toMatchInlineSnapshot(`
      {
        "claude-code": {
          "args": [
            "-y",
            "dunetrace-mcp",
          ],
          "command": "npx",
          "env": {
            "DUNETRACE_API_KEY": "\${DUNETRACE_API_KEY:-}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "claude-desktop": {
          "args": [
            "-y",
            "dunetrace-mcp",
          ],
          "command": "npx",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "codex": {
          "args": [
            "-y",
            "dunetrace-mcp",
          ],
          "command": "npx",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
          "env_vars": [
            "DUNETRACE_API_KEY",
          ],
        },
        "cursor": {
          "args": [
            "-y",
            "dunetrace-mcp",
          ],
          "command": "npx",
          "env": {
            "DUNETRACE_API_KEY": "\${env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "gemini": {
          "args": [
            "-y",
            "dunetrace-mcp",
          ],
          "command": "npx",
          "env": {
            "DUNETRACE_API_KEY": "\${DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "vscode": {
          "args": [
            "-y",
            "dunetrace-mcp",
          ],
          "command": "npx",
          "env": {
            "DUNETRACE_API_KEY": "\${env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
          "type": "stdio",
        },
        "windsurf": {
          "args": [
            "-y",
            "dunetrace-mcp",
          ],
          "command": "npx",
          "env": {
            "DUNETRACE_API_KEY": "\${env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "zed": {
          "args": [
            "-y",
            "dunetrace-mcp",
          ],
          "command": "npx",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
      }
    `);
  });

  test('a server that runs, with its token by name', () => {
    const way = httpWay({ variable: 'DUNETRACE_HTTP_TOKEN' });
    expect(Object.fromEntries(clientNames.map((name) => [name, mcpClients[name].entry(way)]))).toMatchInlineSnapshot(`
      {
        "claude-code": {
          "headers": {
            "Authorization": "Bearer \${DUNETRACE_HTTP_TOKEN:-}",
          },
          "type": "http",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "claude-desktop": undefined,
        "codex": {
          "bearer_token_env_var": "DUNETRACE_HTTP_TOKEN",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "cursor": {
          "headers": {
            "Authorization": "Bearer \${env:DUNETRACE_HTTP_TOKEN}",
          },
          "url": "http://127.0.0.1:8000/mcp",
        },
        "gemini": {
          "headers": {
            "Authorization": "Bearer \${DUNETRACE_HTTP_TOKEN}",
          },
          "httpUrl": "http://127.0.0.1:8000/mcp",
        },
        "vscode": {
          "headers": {
            "Authorization": "Bearer \${env:DUNETRACE_HTTP_TOKEN}",
          },
          "type": "http",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "windsurf": {
          "headers": {
            "Authorization": "Bearer \${env:DUNETRACE_HTTP_TOKEN}",
          },
          "serverUrl": "http://127.0.0.1:8000/mcp",
        },
        "zed": {
          "url": "http://127.0.0.1:8000/mcp",
        },
      }
    `);
  });

  test('a server that runs, with the token itself', () => {
    expect(mcpClients.cursor.entry(httpWay({ is: 't' }))).toEqual({
      url: 'http://127.0.0.1:8000/mcp',
      headers: { Authorization: 'Bearer t' },
    });
    expect(mcpClients.codex.entry(httpWay({ is: 't' }))).toEqual({
      url: 'http://127.0.0.1:8000/mcp',
      http_headers: { Authorization: 'Bearer t' },
    });
  });

  test('what is not set is left out', () => {
    const way = stdioWay({ platform: 'linux', apiUrl: undefined, apiKey: undefined });
    expect(mcpClients.cursor.entry(way)).toEqual({ command: 'npx', args: ['-y', 'dunetrace-mcp'] });
    expect(mcpClients.cursor.entry(httpWay(undefined))).toEqual({ url: 'http://127.0.0.1:8000/mcp' });
  });

  test('Windows finds npx through its shell', () => {
    const way = stdioWay({ platform: 'win32', apiUrl: undefined, apiKey: undefined });
    expect(mcpClients.cursor.entry(way)).toEqual({ command: 'cmd', args: ['/c', 'npx', '-y', 'dunetrace-mcp'] });
  });
});
