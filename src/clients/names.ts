import type { ClientName } from './catalog.ts';

/** The clients that can be told of this server; apart from what is known of each, so that --help needs no more than this. */
export const clientNames = [
  'claude-code',
  'claude-desktop',
  'cursor',
  'vscode',
  'codex',
  'gemini',
  'windsurf',
  'zed',
] as const satisfies readonly ClientName[];
