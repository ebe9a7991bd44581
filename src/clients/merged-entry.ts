import type { Entry } from './catalog.ts';

/** What becomes of the entry that a client's file has for this server already. */

export type Table = Readonly<Record<string, unknown>>;

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** All that an entry of ours may say of how the server is reached; anything else is the user's, and stays. */
const wayKeys = [
  'type',
  'command',
  'args',
  'url',
  'httpUrl',
  'serverUrl',
  'headers',
  'http_headers',
  'env_vars',
  'bearer_token_env_var',
];

/** Of an entry's other settings, those that can name no program, file or address. */
const isSwitch = (value: unknown) => value === null || !(typeof value === 'string' || isTable(value));

/** Whether a variable of an entry can neither lead a key elsewhere nor change what is run. */
const isOwnSetting = (variable: string) => variable.startsWith('DUNETRACE_') && variable !== 'DUNETRACE_API_URL';

export interface EntryRules {
  /** Variables whose values must not stay in it. */
  secrets?: readonly string[];
  /** The entry holds a key, or makes the client hand one on. */
  bringsKey?: boolean;
}

/**
 * What an entry becomes: the user's own keys and variables stay, a key that is there too unless there is another. Beside
 * a key that is brought, whatever could hand it to somebody else goes.
 */
export function mergedEntry(found: unknown, entry: Entry, { secrets = [], bringsKey = false }: EntryRules): Table {
  if (!isTable(found)) return entry;
  const { env: foundEnv, ...others } = found;
  const { env, ...ours } = entry;
  const kept = Object.fromEntries(
    Object.entries(others).filter(([key, value]) => !wayKeys.includes(key) && (!bringsKey || isSwitch(value))),
  );
  const isStdio = 'command' in entry;
  const keptEnv = Object.entries(isTable(foundEnv) ? foundEnv : {}).filter(
    ([variable]) => !secrets.includes(variable) && (!bringsKey || isOwnSetting(variable)),
  );
  const environment = isStdio ? { ...Object.fromEntries(keptEnv), ...(isTable(env) ? env : {}) } : {};
  return { ...kept, ...ours, ...(Object.keys(environment).length > 0 ? { env: environment } : {}) };
}

/** What stood in an entry and is gone, by name. */
export function goneFrom(found: unknown, after: unknown): string[] {
  if (!isTable(found) || !isTable(after)) return [];
  const [env, kept] = [isTable(found.env) ? found.env : {}, isTable(after.env) ? after.env : {}];
  return [
    ...Object.keys(found).filter((key) => key !== 'env' && !(key in after) && !wayKeys.includes(key)),
    ...Object.keys(env).filter((variable) => !(variable in kept)),
  ];
}
