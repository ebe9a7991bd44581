import type { Setting, Way } from './shape.ts';

/** How a client reaches this server. */

export const serverName = 'dunetrace';
export const packageName = 'dunetrace-mcp';

/** The program that runs, and where it comes from. */
export interface OwnProgram {
  platform: string;
  version: string;
  /** The absolute paths of Node and of the program. */
  nodePath: string;
  mainScript: string;
  /** Whether the registry has the package. */
  isPublished: boolean;
}

type Command = { command: string; args: readonly string[] };

const isFromNpx = (mainScript: string) => /[\\/]_npx[\\/]/.test(mainScript);

/**
 * The command with which a client starts this program: npx where npx runs it now, or else Node and the program by their
 * paths, which need neither a registry nor a PATH.
 */
export function launchCommand({ platform, version, nodePath, mainScript, isPublished }: OwnProgram): Command {
  if (!isPublished || !isFromNpx(mainScript)) return { command: nodePath, args: [mainScript] };
  // A fixed version starts from npx's cache without a question to the registry.
  const args = ['-y', '--prefer-offline', `${packageName}@${version}`];
  // Windows finds npx only through its shell.
  return platform === 'win32' ? { command: 'cmd', args: ['/c', 'npx', ...args] } : { command: 'npx', args };
}

export interface StdioSettings {
  program: OwnProgram;
  apiUrl: string | undefined;
  apiKey: Setting | undefined;
}

/** A server that the client starts. Settings that are left out keep their defaults. */
export function stdioWay({ program, apiUrl, apiKey }: StdioSettings): Way {
  const env = {
    ...(apiUrl === undefined ? {} : { DUNETRACE_API_URL: { is: apiUrl } }),
    ...(apiKey === undefined ? {} : { DUNETRACE_API_KEY: apiKey }),
  };
  return { by: 'stdio', ...launchCommand(program), env };
}

const bearer = (token: Setting): Setting =>
  'is' in token ? { is: `Bearer ${token.is}` } : { ...token, before: 'Bearer ' };

/** A server that runs already (`dunetrace-mcp serve --http`). */
export function httpWay(url: string, token: Setting | undefined): Way {
  return { by: 'http', url, headers: token === undefined ? {} : { Authorization: bearer(token) } };
}
