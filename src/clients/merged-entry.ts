import type { Entry } from './catalog.ts';

/** Merges a new entry with the one that a client's file already has for this server. */

export type Table = Readonly<Record<string, unknown>>;

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** All the keys with which our entries say how to reach the server. Every other key is the user's, and stays. */
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

/** Whether another setting of an entry can't name a program, a file or an address. */
const isSwitch = (value: unknown) => value === null || !(typeof value === 'string' || isTable(value));

/** Whether a variable of an entry can neither send a key elsewhere nor change which program runs. */
const isOwnSetting = (variable: string) => variable.startsWith('DUNETRACE_') && variable !== 'DUNETRACE_API_URL';

export interface EntryRules {
  /** Variables whose values must not stay in it. */
  secrets?: readonly string[];
  /** The entry holds a key, or makes the client pass one on. */
  bringsKey?: boolean;
}

/**
 * The merged entry. The user's own keys and variables stay; so does an API key, unless the new entry has another. When
 * the new entry brings a key, every setting that could pass it to another party is dropped.
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

/** The names of the settings that were in an entry and are gone. */
export function goneFrom(found: unknown, after: unknown): string[] {
  if (!isTable(found) || !isTable(after)) return [];
  const [env, kept] = [isTable(found.env) ? found.env : {}, isTable(after.env) ? after.env : {}];
  return [
    ...Object.keys(found).filter((key) => key !== 'env' && !(key in after) && !wayKeys.includes(key)),
    ...Object.keys(env).filter((variable) => !(variable in kept)),
  ];
}
