import type { ClientName } from './catalog.ts';

/**
 * The clients that `config` supports. The list is separate from their details, so that --help loads no more than this.
 */
export const clientNames = [
  'claude-code',
  'claude-desktop',
  'cursor',
  'vscode',
  'codex',
  'gemini',
  'windsurf',
  'zed',
  'copilot-cli',
  'antigravity',
  'opencode',
  'kilo',
  'cline',
  'kiro',
  'goose',
  'kimi',
  'grok',
  'qwen',
  'amp',
  'continue',
  'junie',
  'roo',
  'lm-studio',
  'warp',
] as const satisfies readonly ClientName[];
