import type { McpClient } from './client.ts';
import { byPlatform, inAppData, inConfig, inHome, inNamed, inProject } from './places.ts';

/** Clients of the command line. docs/clients.md has the source of each. */

const servers = ['mcpServers'] as const;

/** opencode, and Kilo, which is made from it. */
const opencodeShape = {
  isList: true,
  env: 'environment',
  variable: 'braceEnv',
  url: 'url',
  stdio: { type: 'local' },
  http: { type: 'remote' },
} as const;

export const terminals = {
  'claude-code': {
    title: 'Claude Code',
    format: 'json',
    path: servers,
    files: { user: [inHome('.claude.json')], project: [inProject('.mcp.json')] },
    signs: { at: inHome('.claude'), programs: ['claude'] },
    shape: { variable: 'dollarOrEmpty', url: 'url', http: { type: 'http' } },
    notes: { project: "Claude Code asks once whether it may use the project's server." },
  },
  codex: {
    title: 'Codex',
    format: 'toml',
    path: ['mcp_servers'],
    files: {
      user: [inNamed('CODEX_HOME', ['.codex'], 'config.toml')],
      project: [inProject('.codex', 'config.toml')],
    },
    signs: { at: inNamed('CODEX_HOME', ['.codex']), programs: ['codex'] },
    shape: { passed: 'env_vars', bearer: 'bearer_token_env_var', url: 'url', headers: 'http_headers' },
    notes: { project: "Codex reads a project's settings only in a folder that it trusts." },
  },
  gemini: {
    title: 'Gemini CLI',
    format: 'json',
    path: servers,
    files: { user: [inHome('.gemini', 'settings.json')], project: [inProject('.gemini', 'settings.json')] },
    signs: { at: inHome('.gemini', 'settings.json'), programs: ['gemini'] },
    shape: { variable: 'dollar', url: 'httpUrl' },
    notes: {
      user: 'Gemini CLI starts servers only in a folder that it trusts: trust it when it asks, or with /permissions.',
      project:
        'Gemini CLI starts servers only in a folder that it trusts: trust it when it asks, or with /permissions.',
    },
  },
  'copilot-cli': {
    title: 'Copilot CLI',
    format: 'json',
    path: servers,
    files: {
      user: [inNamed('COPILOT_HOME', ['.copilot'], 'mcp-config.json')],
      project: [inProject('.github', 'mcp.json')],
    },
    signs: { at: inNamed('COPILOT_HOME', ['.copilot']), programs: ['copilot'] },
    shape: {
      variable: 'dollarOrEmpty',
      url: 'url',
      stdio: { type: 'local' },
      http: { type: 'http' },
      fresh: { tools: ['*'] },
    },
    notes: { project: "Copilot CLI reads a project's servers only in a folder that it trusts." },
  },
  opencode: {
    title: 'opencode',
    format: 'json',
    path: ['mcp'],
    files: {
      user: [inConfig('opencode', 'opencode.json'), inConfig('opencode', 'opencode.jsonc')],
      project: [inProject('opencode.json'), inProject('opencode.jsonc')],
    },
    signs: { at: inConfig('opencode'), programs: ['opencode'] },
    shape: opencodeShape,
  },
  kilo: {
    title: 'Kilo Code',
    format: 'json',
    path: ['mcp'],
    files: {
      user: [inConfig('kilo', 'kilo.json'), inConfig('kilo', 'kilo.jsonc')],
      project: [
        inProject('.kilo', 'kilo.json'),
        inProject('.kilo', 'kilo.jsonc'),
        inProject('kilo.json'),
        inProject('kilo.jsonc'),
      ],
    },
    signs: { at: inConfig('kilo'), programs: ['kilo'] },
    shape: opencodeShape,
  },
  cline: {
    title: 'Cline',
    format: 'json',
    path: servers,
    files: { user: [inHome('.cline', 'data', 'settings', 'cline_mcp_settings.json')] },
    signs: { at: inHome('.cline'), programs: ['cline'] },
    shape: { url: 'url', http: { type: 'streamableHttp' } },
  },
  goose: {
    title: 'Goose',
    format: 'yaml',
    path: ['extensions'],
    files: {
      user: [
        byPlatform({
          win32: inAppData('Block', 'goose', 'config', 'config.yaml'),
          others: inConfig('goose', 'config.yaml'),
        }),
      ],
    },
    signs: {
      at: byPlatform({ win32: inAppData('Block', 'goose'), others: inConfig('goose') }),
      programs: ['goose'],
    },
    shape: {
      command: 'cmd',
      env: 'envs',
      url: 'uri',
      stdio: { type: 'stdio' },
      http: { type: 'streamable_http' },
      fresh: { enabled: true, name: 'dunetrace', timeout: 300 },
    },
  },
  kimi: {
    title: 'Kimi Code',
    format: 'json',
    path: servers,
    files: { user: [inNamed('KIMI_CODE_HOME', ['.kimi-code'], 'mcp.json')] },
    signs: { at: inNamed('KIMI_CODE_HOME', ['.kimi-code']), programs: ['kimi'] },
    shape: { bearer: 'bearerTokenEnvVar', url: 'url' },
  },
  grok: {
    title: 'Grok Build',
    format: 'toml',
    path: ['mcp_servers'],
    files: { user: [inHome('.grok', 'config.toml')], project: [inProject('.grok', 'config.toml')] },
    signs: { at: inHome('.grok'), programs: ['grok'] },
    shape: { variable: 'dollarOrEmpty', url: 'url' },
    notes: { project: "Grok Build starts a project's servers only in a folder that it trusts (grok --trust)." },
  },
  qwen: {
    title: 'Qwen Code',
    format: 'json',
    path: servers,
    files: { user: [inHome('.qwen', 'settings.json')], project: [inProject('.qwen', 'settings.json')] },
    signs: { at: inHome('.qwen'), programs: ['qwen'] },
    // It would pass the name of a variable that is not set as the value.
    shape: { inherits: true, variable: 'dollar', url: 'httpUrl' },
    notes: { project: "Qwen Code asks once whether it may use the project's server." },
  },
  amp: {
    title: 'Amp',
    format: 'json',
    path: ['amp.mcpServers'],
    files: {
      user: [inHome('.config', 'amp', 'settings.json'), inHome('.config', 'amp', 'settings.jsonc')],
      project: [inProject('.amp', 'settings.json'), inProject('.amp', 'settings.jsonc')],
    },
    signs: { at: inHome('.config', 'amp'), programs: ['amp'] },
    shape: { variable: 'dollar', url: 'url' },
    notes: { project: "Amp starts a project's server only after: amp mcp approve dunetrace" },
  },
} as const satisfies Record<string, McpClient>;
