import type { ClientName, Setting, Way } from './catalog.ts';

/** How a client reaches this server, and what the install links hold. */

export const serverName = 'dunetrace';
export const packageName = 'dunetrace-mcp';

/** The command that runs the published package; Windows finds npx only through its shell. */
export function launchCommand(platform: string): { command: string; args: readonly string[] } {
  const args = ['-y', packageName];
  return platform === 'win32' ? { command: 'cmd', args: ['/c', 'npx', ...args] } : { command: 'npx', args };
}

export interface Settings {
  platform: string;
  apiUrl: string | undefined;
  apiKey: Setting | undefined;
}

/** A server that the client starts. Settings that are left out keep their defaults. */
export function stdioWay({ platform, apiUrl, apiKey }: Settings): Way {
  const env = {
    ...(apiUrl === undefined ? {} : { DUNETRACE_API_URL: { is: apiUrl } }),
    ...(apiKey === undefined ? {} : { DUNETRACE_API_KEY: apiKey }),
  };
  return { by: 'stdio', ...launchCommand(platform), env };
}

const bearer = (token: Setting): Setting =>
  'is' in token ? { is: `Bearer ${token.is}` } : { ...token, before: 'Bearer ' };

/** A server that runs already (`dunetrace-mcp serve --http`), at its default address. */
export function httpWay(token: Setting | undefined): Way {
  const headers = token === undefined ? {} : { Authorization: bearer(token) };
  return { by: 'http', url: 'http://127.0.0.1:8000/mcp', headers };
}

const plainLaunch = { command: 'npx', args: ['-y', packageName] };

/**
 * The README's links that install this server with a click. They carry no settings: the default API and key are used.
 * They use https because web pages drop links of other schemes. Sources: cursor.com/docs/mcp/install-links (the entry
 * as JSON in base64); the redirect of vscode.dev to `vscode:mcp/install` (the entry as percent-encoded JSON).
 */
export const installLinks = {
  cursor: `https://cursor.com/install-mcp?name=${serverName}&config=${encodeURIComponent(Buffer.from(JSON.stringify(plainLaunch)).toString('base64'))}`,
  vscode: `https://insiders.vscode.dev/redirect/mcp/install?name=${serverName}&config=${encodeURIComponent(JSON.stringify(plainLaunch))}`,
} as const satisfies Partial<Record<ClientName, string>>;
