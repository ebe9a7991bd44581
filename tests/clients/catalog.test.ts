import { describe, expect, test } from 'vitest';
import { mcpClients } from '../../src/clients/catalog.ts';
import type { McpClient } from '../../src/clients/client.ts';
import { httpWay, launchCommand, type OwnProgram, stdioWay } from '../../src/clients/launch.ts';
import { clientNames } from '../../src/clients/names.ts';
import type { Place } from '../../src/clients/places.ts';
import { entryOf, namesVariables, startedBy, type Way, wayKeys } from '../../src/clients/shape.ts';

const linux: Place = { platform: 'linux', homeDir: '/home/ada', workDir: '/shop', env: {} };
const mac: Place = { platform: 'darwin', homeDir: '/Users/ada', workDir: '/shop', env: {} };
const windows: Place = {
  platform: 'win32',
  homeDir: 'C:\\Users\\ada',
  workDir: 'D:\\work',
  env: { APPDATA: 'C:\\Users\\ada\\AppData\\Roaming' },
};

const all: readonly McpClient[] = clientNames.map((name) => mcpClients[name]);

const filesOf = (place: Place) =>
  clientNames.map((name) => {
    const { files }: McpClient = mcpClients[name];
    const [user, project] = [files.user, files.project].map((each) => each?.map((locate) => locate(place)).join(', '));
    return `${name}: ${user} | ${project ?? 'none'}`;
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
        "copilot-cli: /home/ada/.copilot/mcp-config.json | /shop/.github/mcp.json",
        "antigravity: /home/ada/.gemini/config/mcp_config.json, /home/ada/.gemini/antigravity/mcp_config.json | none",
        "opencode: /home/ada/.config/opencode/opencode.json, /home/ada/.config/opencode/opencode.jsonc | /shop/opencode.json, /shop/opencode.jsonc",
        "kilo: /home/ada/.config/kilo/kilo.json, /home/ada/.config/kilo/kilo.jsonc | /shop/.kilo/kilo.json, /shop/.kilo/kilo.jsonc, /shop/kilo.json, /shop/kilo.jsonc",
        "cline: /home/ada/.cline/data/settings/cline_mcp_settings.json | none",
        "kiro: /home/ada/.kiro/settings/mcp.json | /shop/.kiro/settings/mcp.json",
        "goose: /home/ada/.config/goose/config.yaml | none",
        "kimi: /home/ada/.kimi-code/mcp.json | none",
        "grok: /home/ada/.grok/config.toml | /shop/.grok/config.toml",
        "qwen: /home/ada/.qwen/settings.json | /shop/.qwen/settings.json",
        "amp: /home/ada/.config/amp/settings.json, /home/ada/.config/amp/settings.jsonc | /shop/.amp/settings.json, /shop/.amp/settings.jsonc",
        "continue: /home/ada/.continue/mcpServers/dunetrace.json | none",
        "junie: /home/ada/.junie/mcp/mcp.json | none",
        "roo: /home/ada/.config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json | /shop/.roo/mcp.json",
        "lm-studio: /home/ada/.lmstudio/mcp.json | none",
        "warp: /home/ada/.warp/.mcp.json | none",
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
        "copilot-cli: /Users/ada/.copilot/mcp-config.json | /shop/.github/mcp.json",
        "antigravity: /Users/ada/.gemini/config/mcp_config.json, /Users/ada/.gemini/antigravity/mcp_config.json | none",
        "opencode: /Users/ada/.config/opencode/opencode.json, /Users/ada/.config/opencode/opencode.jsonc | /shop/opencode.json, /shop/opencode.jsonc",
        "kilo: /Users/ada/.config/kilo/kilo.json, /Users/ada/.config/kilo/kilo.jsonc | /shop/.kilo/kilo.json, /shop/.kilo/kilo.jsonc, /shop/kilo.json, /shop/kilo.jsonc",
        "cline: /Users/ada/.cline/data/settings/cline_mcp_settings.json | none",
        "kiro: /Users/ada/.kiro/settings/mcp.json | /shop/.kiro/settings/mcp.json",
        "goose: /Users/ada/.config/goose/config.yaml | none",
        "kimi: /Users/ada/.kimi-code/mcp.json | none",
        "grok: /Users/ada/.grok/config.toml | /shop/.grok/config.toml",
        "qwen: /Users/ada/.qwen/settings.json | /shop/.qwen/settings.json",
        "amp: /Users/ada/.config/amp/settings.json, /Users/ada/.config/amp/settings.jsonc | /shop/.amp/settings.json, /shop/.amp/settings.jsonc",
        "continue: /Users/ada/.continue/mcpServers/dunetrace.json | none",
        "junie: /Users/ada/.junie/mcp/mcp.json | none",
        "roo: /Users/ada/Library/Application Support/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json | /shop/.roo/mcp.json",
        "lm-studio: /Users/ada/.lmstudio/mcp.json | none",
        "warp: /Users/ada/.warp/.mcp.json | none",
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
        "copilot-cli: C:\\Users\\ada\\.copilot\\mcp-config.json | D:\\work\\.github\\mcp.json",
        "antigravity: C:\\Users\\ada\\.gemini\\config\\mcp_config.json, C:\\Users\\ada\\.gemini\\antigravity\\mcp_config.json | none",
        "opencode: C:\\Users\\ada\\.config\\opencode\\opencode.json, C:\\Users\\ada\\.config\\opencode\\opencode.jsonc | D:\\work\\opencode.json, D:\\work\\opencode.jsonc",
        "kilo: C:\\Users\\ada\\.config\\kilo\\kilo.json, C:\\Users\\ada\\.config\\kilo\\kilo.jsonc | D:\\work\\.kilo\\kilo.json, D:\\work\\.kilo\\kilo.jsonc, D:\\work\\kilo.json, D:\\work\\kilo.jsonc",
        "cline: C:\\Users\\ada\\.cline\\data\\settings\\cline_mcp_settings.json | none",
        "kiro: C:\\Users\\ada\\.kiro\\settings\\mcp.json | D:\\work\\.kiro\\settings\\mcp.json",
        "goose: C:\\Users\\ada\\AppData\\Roaming\\Block\\goose\\config\\config.yaml | none",
        "kimi: C:\\Users\\ada\\.kimi-code\\mcp.json | none",
        "grok: C:\\Users\\ada\\.grok\\config.toml | D:\\work\\.grok\\config.toml",
        "qwen: C:\\Users\\ada\\.qwen\\settings.json | D:\\work\\.qwen\\settings.json",
        "amp: C:\\Users\\ada\\.config\\amp\\settings.json, C:\\Users\\ada\\.config\\amp\\settings.jsonc | D:\\work\\.amp\\settings.json, D:\\work\\.amp\\settings.jsonc",
        "continue: C:\\Users\\ada\\.continue\\mcpServers\\dunetrace.json | none",
        "junie: C:\\Users\\ada\\.junie\\mcp\\mcp.json | none",
        "roo: C:\\Users\\ada\\AppData\\Roaming\\Code\\User\\globalStorage\\rooveterinaryinc.roo-cline\\settings\\mcp_settings.json | D:\\work\\.roo\\mcp.json",
        "lm-studio: C:\\Users\\ada\\.lmstudio\\mcp.json | none",
        "warp: C:\\Users\\ada\\.warp\\.mcp.json | none",
      ]
    `);
  });

  test('the folders that the environment names go first', () => {
    const env = { CODEX_HOME: '/c', XDG_CONFIG_HOME: '/x', COPILOT_HOME: '/p', KIMI_CODE_HOME: '/k' };
    const userFile = (name: 'codex' | 'zed' | 'vscode' | 'copilot-cli' | 'kimi' | 'goose') =>
      mcpClients[name].files.user[0]({ ...linux, env });
    expect(userFile('codex')).toBe('/c/config.toml');
    expect(userFile('zed')).toBe('/x/zed/settings.json');
    expect(userFile('vscode')).toBe('/x/Code/User/mcp.json');
    expect(userFile('copilot-cli')).toBe('/p/mcp-config.json');
    expect(userFile('kimi')).toBe('/k/mcp.json');
    expect(userFile('goose')).toBe('/x/goose/config.yaml');
  });
});

const program: OwnProgram = {
  platform: 'linux',
  version: '1.2.3',
  nodePath: '/usr/bin/node',
  mainScript: '/opt/dunetrace-mcp/dist/main.js',
  isPublished: false,
};
const address = 'http://127.0.0.1:8000/mcp';
const entries = (way: Way) =>
  Object.fromEntries(clientNames.map((name) => [name, entryOf(mcpClients[name].shape, way)]));

describe('entries', () => {
  test('a server that the client starts, with the key by name', () => {
    const way = stdioWay({ program, apiUrl: 'http://h:1', apiKey: { variable: 'DUNETRACE_API_KEY' } });
    expect(entries(way)).toMatchInlineSnapshot(`
      {
        "amp": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "antigravity": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "claude-code": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${DUNETRACE_API_KEY:-}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "claude-desktop": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "cline": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "codex": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
          "env_vars": [
            "DUNETRACE_API_KEY",
          ],
        },
        "continue": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "copilot-cli": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${DUNETRACE_API_KEY:-}",
            "DUNETRACE_API_URL": "http://h:1",
          },
          "type": "local",
        },
        "cursor": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "gemini": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "goose": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "cmd": "/usr/bin/node",
          "envs": {
            "DUNETRACE_API_URL": "http://h:1",
          },
          "type": "stdio",
        },
        "grok": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${DUNETRACE_API_KEY:-}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "junie": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "kilo": {
          "command": [
            "/usr/bin/node",
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "environment": {
            "DUNETRACE_API_KEY": "{env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
          "type": "local",
        },
        "kimi": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "kiro": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "lm-studio": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "opencode": {
          "command": [
            "/usr/bin/node",
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "environment": {
            "DUNETRACE_API_KEY": "{env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
          "type": "local",
        },
        "qwen": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "roo": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "vscode": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
          "type": "stdio",
        },
        "warp": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "windsurf": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_KEY": "\${env:DUNETRACE_API_KEY}",
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
        "zed": {
          "args": [
            "/opt/dunetrace-mcp/dist/main.js",
          ],
          "command": "/usr/bin/node",
          "env": {
            "DUNETRACE_API_URL": "http://h:1",
          },
        },
      }
    `);
  });

  test('a server that runs, with its token by name', () => {
    expect(entries(httpWay(address, { variable: 'DUNETRACE_HTTP_TOKEN' }))).toMatchInlineSnapshot(`
      {
        "amp": {
          "headers": {
            "Authorization": "Bearer \${DUNETRACE_HTTP_TOKEN}",
          },
          "url": "http://127.0.0.1:8000/mcp",
        },
        "antigravity": {
          "serverUrl": "http://127.0.0.1:8000/mcp",
        },
        "claude-code": {
          "headers": {
            "Authorization": "Bearer \${DUNETRACE_HTTP_TOKEN:-}",
          },
          "type": "http",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "claude-desktop": undefined,
        "cline": {
          "type": "streamableHttp",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "codex": {
          "bearer_token_env_var": "DUNETRACE_HTTP_TOKEN",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "continue": {
          "type": "http",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "copilot-cli": {
          "headers": {
            "Authorization": "Bearer \${DUNETRACE_HTTP_TOKEN:-}",
          },
          "type": "http",
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
        "goose": {
          "type": "streamable_http",
          "uri": "http://127.0.0.1:8000/mcp",
        },
        "grok": {
          "headers": {
            "Authorization": "Bearer \${DUNETRACE_HTTP_TOKEN:-}",
          },
          "url": "http://127.0.0.1:8000/mcp",
        },
        "junie": {
          "url": "http://127.0.0.1:8000/mcp",
        },
        "kilo": {
          "headers": {
            "Authorization": "Bearer {env:DUNETRACE_HTTP_TOKEN}",
          },
          "type": "remote",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "kimi": {
          "bearerTokenEnvVar": "DUNETRACE_HTTP_TOKEN",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "kiro": {
          "headers": {
            "Authorization": "Bearer \${DUNETRACE_HTTP_TOKEN}",
          },
          "url": "http://127.0.0.1:8000/mcp",
        },
        "lm-studio": {
          "url": "http://127.0.0.1:8000/mcp",
        },
        "opencode": {
          "headers": {
            "Authorization": "Bearer {env:DUNETRACE_HTTP_TOKEN}",
          },
          "type": "remote",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "qwen": {
          "headers": {
            "Authorization": "Bearer \${DUNETRACE_HTTP_TOKEN}",
          },
          "httpUrl": "http://127.0.0.1:8000/mcp",
        },
        "roo": {
          "headers": {
            "Authorization": "Bearer \${env:DUNETRACE_HTTP_TOKEN}",
          },
          "type": "streamable-http",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "vscode": {
          "headers": {
            "Authorization": "Bearer \${env:DUNETRACE_HTTP_TOKEN}",
          },
          "type": "http",
          "url": "http://127.0.0.1:8000/mcp",
        },
        "warp": {
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
    const way = httpWay(address, { is: 't' });
    expect(entryOf(mcpClients.cursor.shape, way)).toEqual({ url: address, headers: { Authorization: 'Bearer t' } });
    expect(entryOf(mcpClients.codex.shape, way)).toEqual({ url: address, http_headers: { Authorization: 'Bearer t' } });
    expect(entryOf(mcpClients.kimi.shape, way)).toEqual({ url: address, headers: { Authorization: 'Bearer t' } });
  });

  test('what is not set is left out', () => {
    const { shape } = mcpClients.cursor;
    expect(entryOf(shape, stdioWay({ program, apiUrl: undefined, apiKey: undefined }))).toEqual(launchCommand(program));
    expect(entryOf(shape, httpWay(address, undefined))).toEqual({ url: address });
  });

  test('the program of each is found again in its entry', () => {
    const way = stdioWay({ program, apiUrl: undefined, apiKey: undefined });
    for (const { shape } of all) {
      expect(startedBy(shape, entryOf(shape, way) ?? {})).toEqual([program.nodePath, program.mainScript]);
      expect(startedBy(shape, entryOf(shape, httpWay(address, undefined)) ?? {})).toBeUndefined();
    }
  });

  test('each key of an entry is one that a change of the way replaces', () => {
    const ways = [
      stdioWay({ program, apiUrl: undefined, apiKey: { variable: 'K' } }),
      httpWay(address, { variable: 'K' }),
      httpWay(address, { is: 't' }),
    ];
    const keys = all.flatMap(({ shape }) => ways.flatMap((way) => Object.keys(entryOf(shape, way) ?? {})));
    const environments = ['env', 'environment', 'envs'];
    expect(new Set(keys.filter((key) => !environments.includes(key)))).toEqual(new Set(wayKeys));
  });

  test("a project's file is only for clients that get the key without it", () => {
    for (const { files, shape, title } of all) {
      if (files.project) expect(namesVariables(shape, 'stdio') || shape.inherits === true, title).toBe(true);
    }
  });
});

describe('the command that starts this program', () => {
  const npx = '/home/ada/.npm/_npx/0f1e/node_modules/dunetrace-mcp/dist/main.js';
  const windowsNpx =
    'C:\\Users\\ada\\AppData\\Local\\npm-cache\\_npx\\0f1e\\node_modules\\dunetrace-mcp\\dist\\main.js';
  const fixed = ['-y', '--prefer-offline', 'dunetrace-mcp@1.2.3'];

  test('is Node with the program, wherever it is installed', () => {
    for (const isPublished of [false, true]) {
      expect(launchCommand({ ...program, isPublished })).toEqual({
        command: '/usr/bin/node',
        args: ['/opt/dunetrace-mcp/dist/main.js'],
      });
    }
  });

  test('is npx with a fixed version where npx runs it, once the package is published', () => {
    const published = { ...program, mainScript: npx, isPublished: true };
    expect(launchCommand(published)).toEqual({ command: 'npx', args: fixed });
    expect(launchCommand({ ...published, platform: 'win32', mainScript: windowsNpx })).toEqual({
      command: 'cmd',
      args: ['/c', 'npx', ...fixed],
    });
  });

  test('is never npx before', () => {
    const { command, args } = launchCommand({ ...program, mainScript: npx });
    expect([command, ...args]).toEqual(['/usr/bin/node', npx]);
  });
});
