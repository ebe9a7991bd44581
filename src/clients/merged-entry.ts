import { type Entry, envKey, type Shape, wayKeys } from './shape.ts';

/** Merges a new entry with the one that a client's file already has for this server. */

export type Table = Readonly<Record<string, unknown>>;

export const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Whether another setting of an entry can't name a program, a file or an address. */
const isSwitch = (value: unknown) => value === null || !(typeof value === 'string' || isTable(value));

/** Whether a variable of an entry can neither send a key elsewhere nor change which program runs. */
const isOwnSetting = (variable: string) => variable.startsWith('DUNETRACE_') && variable !== 'DUNETRACE_API_URL';

export interface EntryRules {
  shape: Shape;
  /** Variables whose values must not stay in it. */
  secrets?: readonly string[];
  /** The entry holds a key, or makes the client pass one on. */
  bringsKey?: boolean;
}

/**
 * The merged entry. The user's own keys and variables stay; so does an API key, unless the new entry has another. When
 * the new entry brings a key, every setting that could pass it to another party is dropped.
 */
export function mergedEntry(found: unknown, entry: Entry, rules: EntryRules): Table {
  const { shape, secrets = [], bringsKey = false } = rules;
  if (!isTable(found)) return { ...shape.fresh, ...entry };
  const key = envKey(shape);
  const { [key]: foundEnv, ...others } = found;
  const { [key]: env, ...ours } = entry;
  const kept = Object.fromEntries(
    Object.entries(others).filter(([name, value]) => !wayKeys.includes(name) && (!bringsKey || isSwitch(value))),
  );
  const keptEnv = Object.entries(isTable(foundEnv) ? foundEnv : {}).filter(
    ([variable]) => !secrets.includes(variable) && (!bringsKey || isOwnSetting(variable)),
  );
  const isStdio = (shape.command ?? 'command') in entry;
  const environment = isStdio ? { ...Object.fromEntries(keptEnv), ...(isTable(env) ? env : {}) } : {};
  return { ...shape.fresh, ...kept, ...ours, ...(Object.keys(environment).length > 0 ? { [key]: environment } : {}) };
}

/** The names of the settings that were in an entry and are gone. */
export function goneFrom(found: unknown, after: unknown, shape: Shape): string[] {
  if (!isTable(found) || !isTable(after)) return [];
  const key = envKey(shape);
  const [env, kept] = [found[key], after[key]].map((each) => (isTable(each) ? each : {}));
  return [
    ...Object.keys(found).filter((name) => name !== key && !(name in after) && !wayKeys.includes(name)),
    ...Object.keys(env ?? {}).filter((variable) => !(variable in (kept ?? {}))),
  ];
}
