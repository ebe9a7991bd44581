import { posix, win32 } from 'node:path';

/** What we know about the MCP clients: where each keeps its servers, and in what format. */

export type Scope = 'user' | 'project';

/** Where to look for a client's files. */
export interface Place {
  platform: string;
  homeDir: string;
  /** The project's folder. */
  workDir: string;
  env: Readonly<Record<string, string | undefined>>;
}

/** A value in a server's environment or headers: literal, or the name of an environment variable. */
export type Setting = { is: string } | { variable: string; before?: string };

/** How the client reaches the server. */
export type Way =
  | { by: 'stdio'; command: string; args: readonly string[]; env: Readonly<Record<string, Setting>> }
  | { by: 'http'; url: string; headers: Readonly<Record<string, Setting>> };

export type Entry = Readonly<Record<string, unknown>>;

export interface McpClient {
  title: string;
  format: 'json' | 'toml';
  /** The keys that lead to the table of servers. */
  path: readonly string[];
  /** The file for each scope. A client may lack a scope. */
  files: Partial<Record<Scope, (place: Place) => string>>;
  /** The server's entry; undefined: the client can't reach a server this way. */
  entry(way: Way): Entry | undefined;
  /** Whether the client expands environment variables in its files, or passes the variable on. */
  knowsVariables: boolean;
}

const pathOf = ({ platform }: Place) => (platform === 'win32' ? win32 : posix);
const inHome =
  (...parts: string[]) =>
  (place: Place) =>
    pathOf(place).join(place.homeDir, ...parts);
const inProject =
  (...parts: string[]) =>
  (place: Place) =>
    pathOf(place).join(place.workDir, ...parts);

/** The folder in which desktop programs keep a user's settings. */
const inSettings =
  (...parts: string[]) =>
  (place: Place) => {
    const { platform, homeDir, env } = place;
    const { join } = pathOf(place);
    if (platform === 'win32') return join(env.APPDATA || join(homeDir, 'AppData', 'Roaming'), ...parts);
    if (platform === 'darwin') return join(homeDir, 'Library', 'Application Support', ...parts);
    return join(env.XDG_CONFIG_HOME || join(homeDir, '.config'), ...parts);
  };

/**
 * Where a user's own settings may be after links are resolved: the home folder, and folders that the environment names.
 */
export function userFolders({ homeDir, env }: Place): string[] {
  const named = [env.XDG_CONFIG_HOME, env.APPDATA, env.CODEX_HOME].filter((folder) => folder !== undefined);
  return [homeDir, ...named.filter((folder) => folder !== '')];
}

/** Settings in a client's own syntax; `write` says how the client refers to a variable. */
function written(
  settings: Readonly<Record<string, Setting>>,
  write: (name: string) => string | undefined,
): Record<string, string> {
  const pairs = Object.entries(settings).flatMap(([name, setting]): [string, string][] => {
    if ('is' in setting) return [[name, setting.is]];
    const reference = write(setting.variable);
    return reference === undefined ? [] : [[name, `${setting.before ?? ''}${reference}`]];
  });
  return Object.fromEntries(pairs);
}

const unlessEmpty = (name: string, table: Record<string, unknown>) =>
  Object.keys(table).length === 0 ? {} : { [name]: table };

interface Words {
  /** How the client refers to an environment variable; left out where it can't. */
  variable?: (name: string) => string;
  /** The key that holds an HTTP server's address; left out where the client starts all of its servers itself. */
  url?: string;
  /** Extra keys of a stdio and of an HTTP entry. */
  stdio?: Entry;
  http?: Entry;
}

const entryIn =
  ({ variable, url, stdio = {}, http = {} }: Words) =>
  (way: Way): Entry | undefined => {
    const write = (name: string) => variable?.(name);
    if (way.by === 'stdio') {
      const { command, args, env } = way;
      return { ...stdio, command, args, ...unlessEmpty('env', written(env, write)) };
    }
    if (url === undefined) return undefined;
    return { ...http, [url]: way.url, ...unlessEmpty('headers', written(way.headers, write)) };
  };

/** Codex lists the names of the variables that it passes on, and names the one that holds a bearer token. */
function codexEntry(way: Way): Entry {
  const settings = Object.entries(way.by === 'stdio' ? way.env : way.headers);
  const plain = Object.fromEntries(
    settings.flatMap(([name, setting]) => ('is' in setting ? [[name, setting.is]] : [])),
  );
  const variables = settings.flatMap(([, setting]) => ('variable' in setting ? [setting.variable] : []));
  if (way.by === 'stdio') {
    const { command, args } = way;
    return { command, args, ...(variables.length > 0 ? { env_vars: variables } : {}), ...unlessEmpty('env', plain) };
  }
  const [bearer] = variables;
  return {
    url: way.url,
    ...(bearer === undefined ? {} : { bearer_token_env_var: bearer }),
    ...unlessEmpty('http_headers', plain),
  };
}

const servers = ['mcpServers'] as const;
const dollarEnv = (name: string) => `\${env:${name}}`;

export const mcpClients = {
  'claude-code': {
    title: 'Claude Code',
    format: 'json',
    path: servers,
    files: { user: inHome('.claude.json'), project: inProject('.mcp.json') },
    // The default is empty: a variable that is not set then counts as unset, and causes no error.
    entry: entryIn({ variable: (name) => `\${${name}:-}`, url: 'url', http: { type: 'http' } }),
    knowsVariables: true,
  },
  'claude-desktop': {
    title: 'Claude Desktop',
    format: 'json',
    path: servers,
    files: { user: inSettings('Claude', 'claude_desktop_config.json') },
    entry: entryIn({}),
    knowsVariables: false,
  },
  cursor: {
    title: 'Cursor',
    format: 'json',
    path: servers,
    files: { user: inHome('.cursor', 'mcp.json'), project: inProject('.cursor', 'mcp.json') },
    entry: entryIn({ variable: dollarEnv, url: 'url' }),
    knowsVariables: true,
  },
  vscode: {
    title: 'VS Code',
    format: 'json',
    path: ['servers'],
    files: { user: inSettings('Code', 'User', 'mcp.json'), project: inProject('.vscode', 'mcp.json') },
    entry: entryIn({ variable: dollarEnv, url: 'url', stdio: { type: 'stdio' }, http: { type: 'http' } }),
    knowsVariables: true,
  },
  codex: {
    title: 'Codex',
    format: 'toml',
    path: ['mcp_servers'],
    files: {
      user: (place) => pathOf(place).join(place.env.CODEX_HOME || inHome('.codex')(place), 'config.toml'),
      project: inProject('.codex', 'config.toml'),
    },
    entry: codexEntry,
    knowsVariables: true,
  },
  gemini: {
    title: 'Gemini CLI',
    format: 'json',
    path: servers,
    files: { user: inHome('.gemini', 'settings.json'), project: inProject('.gemini', 'settings.json') },
    entry: entryIn({ variable: (name) => `\${${name}}`, url: 'httpUrl' }),
    knowsVariables: true,
  },
  windsurf: {
    title: 'Windsurf',
    format: 'json',
    path: servers,
    files: { user: inHome('.codeium', 'windsurf', 'mcp_config.json') },
    entry: entryIn({ variable: dollarEnv, url: 'serverUrl' }),
    knowsVariables: true,
  },
  zed: {
    title: 'Zed',
    format: 'json',
    path: ['context_servers'],
    files: {
      user: (place) =>
        place.platform === 'win32'
          ? inSettings('Zed', 'settings.json')(place)
          : inConfig(place, 'zed', 'settings.json'),
      project: inProject('.zed', 'settings.json'),
    },
    // It expands no variables, but starts servers with its own environment.
    entry: entryIn({ url: 'url' }),
    knowsVariables: false,
  },
} as const satisfies Record<string, McpClient>;

function inConfig(place: Place, ...parts: string[]): string {
  const { join } = pathOf(place);
  return join(place.env.XDG_CONFIG_HOME || join(place.homeDir, '.config'), ...parts);
}

export type ClientName = keyof typeof mcpClients;
