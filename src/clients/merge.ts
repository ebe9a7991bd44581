import { UsageError } from '../errors.ts';
import { jsonSettings } from './json-settings.ts';
import { mergedEntry } from './merged-entry.ts';
import { type EntryPlace, isSame, type SettingsFormat, serversIn, tooDeep } from './settings-text.ts';
import type { Entry } from './shape.ts';
import { tomlSettings } from './toml-settings.ts';
import { yamlSettings } from './yaml-settings.ts';

/** Puts a server's entry into a client's file, and keeps the file's comments, other servers and other settings. */

export type Format = 'json' | 'toml' | 'yaml';

const formats: Readonly<Record<Format, SettingsFormat>> = {
  json: jsonSettings,
  toml: tomlSettings,
  yaml: yamlSettings,
};

/** Parsers recurse for each level of nesting. */
function withinDepth<Result>({ file }: EntryPlace, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof RangeError ? tooDeep(file) : error;
  }
}

const markOf = (text: string) => (text.startsWith('\uFEFF') ? '\uFEFF' : '');

/**
 * The file's text with the entry in it; the same text if the entry is already there.
 * @throws UsageError that names the file, if it can't be read or holds something else where the servers belong.
 */
export function mergeEntry(format: Format, text: string, place: EntryPlace, entry: Entry): string {
  const mark = markOf(text);
  const bare = text.slice(mark.length);
  const { read, put } = formats[format];
  return withinDepth(place, () => {
    const { file, path, name } = place;
    const found = serversIn(read(bare, file), path, file)[name];
    const value = mergedEntry(found, entry, place);
    return isSame(found, value) ? text : mark + put(bare, place, found, value);
  });
}

/**
 * A real client's entry has a tenth of this length. The diff examines every text of an entry, so a huge one would be
 * slow.
 */
const maxEntryLength = 16_384;

/** @throws UsageError for an entry that is larger than any client's. */
function refuseLarge(entry: unknown, { file, path, name }: EntryPlace): void {
  const text = JSON.stringify(entry, (_, value) => (typeof value === 'bigint' ? String(value) : value)) ?? '';
  if (text.length <= maxEntryLength) return;
  throw new UsageError(
    `${file} was not changed: its "${[...path, name].join('.')}" has more than ${maxEntryLength / 1024} kB, so it is not an entry of this server. Remove it by hand.`,
  );
}

/** The entry that a file has, if any. @throws UsageError as mergeEntry does, and for an entry that is too large. */
export function readEntry(format: Format, text: string, place: EntryPlace): unknown {
  const { file, path, name } = place;
  return withinDepth(place, () => {
    const root = formats[format].read(text.slice(markOf(text).length), file);
    const entry = serversIn(root, path, file)[name] ?? undefined;
    refuseLarge(entry, place);
    return entry;
  });
}
