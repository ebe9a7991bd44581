/** How a client writes a server down: the words of its entry. */

/** A value in a server's environment or headers: literal, or the name of an environment variable. */
export type Setting = { is: string } | { variable: string; before?: string };

type Settings = Readonly<Record<string, Setting>>;

/** How the client reaches the server. */
export type Way =
  | { by: 'stdio'; command: string; args: readonly string[]; env: Settings }
  | { by: 'http'; url: string; headers: Settings };

export type Entry = Readonly<Record<string, unknown>>;

/** How a client's settings refer to an environment variable. */
const references = {
  dollar: (name: string) => `\${${name}}`,
  // A variable that is not set then counts as empty, and causes no error.
  dollarOrEmpty: (name: string) => `\${${name}:-}`,
  dollarEnv: (name: string) => `\${env:${name}}`,
  braceEnv: (name: string) => `{env:${name}}`,
} as const;

/** The words of an entry. Those that are left out are the usual ones: `command` with `args`, `env`, `headers`. */
export interface Shape {
  /** The key of the program. */
  command?: 'cmd';
  /** `command` is one list of the program and its arguments. */
  isList?: true;
  env?: 'environment' | 'envs';
  /** The key of an HTTP server's address; left out where the client starts all of its servers itself. */
  url?: 'url' | 'httpUrl' | 'serverUrl' | 'uri';
  headers?: 'http_headers';
  /** How a value refers to an environment variable; left out where it can't. */
  variable?: keyof typeof references;
  /** Servers get the client's whole environment, so that no entry needs to name a variable. */
  inherits?: true;
  /** The key that lists the variables which the client passes on. */
  passed?: 'env_vars';
  /** The key that names the variable which holds a bearer token. */
  bearer?: 'bearer_token_env_var' | 'bearerTokenEnvVar';
  /** More keys of an entry, which say what it is. */
  stdio?: Entry;
  http?: Entry;
  /** More keys of a new entry, which the user may change afterwards. */
  fresh?: Entry;
}

/** All the keys with which our entries say how to reach the server. Every other key is the user's, and stays. */
export const wayKeys: readonly string[] = [
  'type',
  'command',
  'cmd',
  'args',
  'url',
  'httpUrl',
  'serverUrl',
  'uri',
  'headers',
  'http_headers',
  'env_vars',
  'bearer_token_env_var',
  'bearerTokenEnvVar',
];

export const envKey = ({ env }: Shape) => env ?? 'env';

/** Settings in a client's own syntax. */
function written(settings: Settings, variable: Shape['variable']): Record<string, string> {
  const pairs = Object.entries(settings).flatMap(([name, setting]): [string, string][] => {
    if ('is' in setting) return [[name, setting.is]];
    if (variable === undefined) return [];
    return [[name, `${setting.before ?? ''}${references[variable](setting.variable)}`]];
  });
  return Object.fromEntries(pairs);
}

const variablesOf = (settings: Settings) =>
  Object.values(settings).flatMap((setting) => ('variable' in setting ? [setting.variable] : []));

const unlessEmpty = (name: string, table: Record<string, unknown>) =>
  Object.keys(table).length === 0 ? {} : { [name]: table };

function stdioEntry(shape: Shape, { command, args, env }: Extract<Way, { by: 'stdio' }>): Entry {
  const { passed, inherits, variable, stdio } = shape;
  const key = shape.command ?? 'command';
  const names = variablesOf(env);
  return {
    ...stdio,
    ...(shape.isList ? { [key]: [command, ...args] } : { [key]: command, args }),
    ...(passed !== undefined && names.length > 0 ? { [passed]: names } : {}),
    ...unlessEmpty(envKey(shape), written(env, inherits ? undefined : variable)),
  };
}

function httpEntry(shape: Shape, { url, headers }: Extract<Way, { by: 'http' }>): Entry | undefined {
  if (shape.url === undefined) return undefined;
  const [token] = variablesOf(headers);
  return {
    ...shape.http,
    [shape.url]: url,
    ...(shape.bearer !== undefined && token !== undefined ? { [shape.bearer]: token } : {}),
    ...unlessEmpty(shape.headers ?? 'headers', written(headers, shape.variable)),
  };
}

/** The server's entry; undefined: the client can't reach a server this way. */
export const entryOf = (shape: Shape, way: Way): Entry | undefined =>
  way.by === 'stdio' ? stdioEntry(shape, way) : httpEntry(shape, way);

/** Whether an entry can name the variable that holds a secret, instead of the secret itself. */
export const namesVariables = ({ variable, passed, bearer }: Shape, by: Way['by']): boolean =>
  variable !== undefined || (by === 'stdio' ? passed : bearer) !== undefined;

const texts = (value: unknown) =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];

/** The program that an entry starts, and its arguments; undefined: it starts none. */
export function startedBy(shape: Shape, entry: Entry): readonly [string, ...string[]] | undefined {
  const command = entry[shape.command ?? 'command'];
  const [program, ...args] = typeof command === 'string' ? [command, ...texts(entry.args)] : texts(command);
  return program === undefined ? undefined : [program, ...args];
}
