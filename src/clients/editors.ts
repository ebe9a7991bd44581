import type { McpClient } from './client.ts';
import { byPlatform, inConfig, inHome, inProject, inSettings } from './places.ts';

/** Clients with windows. docs/clients.md has the source of each. */

const servers = ['mcpServers'] as const;

/** A file of an extension of VS Code. */
const inExtension = (extension: string, ...parts: string[]) =>
  inSettings('Code', 'User', 'globalStorage', extension, ...parts);

export const editors = {
  'claude-desktop': {
    title: 'Claude Desktop',
    format: 'json',
    path: servers,
    files: { user: [inSettings('Claude', 'claude_desktop_config.json')] },
    signs: { at: inSettings('Claude') },
    shape: {},
  },
  cursor: {
    title: 'Cursor',
    format: 'json',
    path: servers,
    files: { user: [inHome('.cursor', 'mcp.json')], project: [inProject('.cursor', 'mcp.json')] },
    signs: { at: inHome('.cursor'), programs: ['cursor', 'cursor-agent'] },
    shape: { variable: 'dollarEnv', url: 'url' },
  },
  vscode: {
    title: 'VS Code',
    format: 'json',
    path: ['servers'],
    files: { user: [inSettings('Code', 'User', 'mcp.json')], project: [inProject('.vscode', 'mcp.json')] },
    signs: { at: inSettings('Code'), programs: ['code'] },
    shape: { variable: 'dollarEnv', url: 'url', stdio: { type: 'stdio' }, http: { type: 'http' } },
  },
  windsurf: {
    title: 'Windsurf',
    format: 'json',
    path: servers,
    files: { user: [inHome('.codeium', 'windsurf', 'mcp_config.json')] },
    signs: { at: inHome('.codeium', 'windsurf'), programs: ['windsurf'] },
    shape: { variable: 'dollarEnv', url: 'serverUrl' },
  },
  zed: {
    title: 'Zed',
    format: 'json',
    path: ['context_servers'],
    files: {
      user: [byPlatform({ win32: inSettings('Zed', 'settings.json'), others: inConfig('zed', 'settings.json') })],
      project: [inProject('.zed', 'settings.json')],
    },
    signs: { at: byPlatform({ win32: inSettings('Zed'), others: inConfig('zed') }), programs: ['zed'] },
    shape: { inherits: true, url: 'url' },
  },
  antigravity: {
    title: 'Antigravity',
    format: 'json',
    path: servers,
    // Its first versions kept the file in a folder of their own.
    files: {
      user: [inHome('.gemini', 'config', 'mcp_config.json'), inHome('.gemini', 'antigravity', 'mcp_config.json')],
    },
    signs: { at: inHome('.gemini', 'antigravity'), programs: ['antigravity', 'agy'] },
    shape: { url: 'serverUrl' },
  },
  kiro: {
    title: 'Kiro',
    format: 'json',
    path: servers,
    files: { user: [inHome('.kiro', 'settings', 'mcp.json')], project: [inProject('.kiro', 'settings', 'mcp.json')] },
    signs: { at: inHome('.kiro'), programs: ['kiro', 'kiro-cli'] },
    shape: { variable: 'dollar', url: 'url' },
    notes: { project: 'Kiro asks whether it may read DUNETRACE_API_KEY from its environment.' },
  },
  roo: {
    title: 'Roo Code',
    format: 'json',
    path: servers,
    files: {
      user: [inExtension('rooveterinaryinc.roo-cline', 'settings', 'mcp_settings.json')],
      project: [inProject('.roo', 'mcp.json')],
    },
    signs: { at: inExtension('rooveterinaryinc.roo-cline') },
    shape: { variable: 'dollarEnv', url: 'url', http: { type: 'streamable-http' } },
  },
  continue: {
    title: 'Continue',
    format: 'json',
    path: servers,
    // It reads each JSON file of this folder.
    files: { user: [inHome('.continue', 'mcpServers', 'dunetrace.json')] },
    signs: { at: inHome('.continue') },
    shape: { url: 'url', http: { type: 'http' } },
    notes: { user: 'Continue uses tools in its agent mode only.' },
  },
  junie: {
    title: 'Junie',
    format: 'json',
    path: servers,
    files: { user: [inHome('.junie', 'mcp', 'mcp.json')] },
    signs: { at: inHome('.junie'), programs: ['junie'] },
    shape: { url: 'url' },
  },
  'lm-studio': {
    title: 'LM Studio',
    format: 'json',
    path: servers,
    files: { user: [inHome('.lmstudio', 'mcp.json')] },
    signs: { at: inHome('.lmstudio'), programs: ['lms'] },
    shape: { url: 'url' },
  },
  warp: {
    title: 'Warp',
    format: 'json',
    path: servers,
    files: { user: [inHome('.warp', '.mcp.json')] },
    signs: { at: inHome('.warp'), programs: ['warp-terminal', 'oz'] },
    shape: { url: 'url' },
  },
} as const satisfies Record<string, McpClient>;
