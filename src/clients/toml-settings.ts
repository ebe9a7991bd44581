import { parse, patch, stringify, TomlFormat } from '@decimalturn/toml-patch';
import { messageOf } from '../errors.ts';
import { isTable, type Table } from './merged-entry.ts';
import {
  appended,
  type EntryPlace,
  isSame,
  refuseDeep,
  type SettingsFormat,
  serversIn,
  unreadable,
} from './settings-text.ts';

function read(text: string, file: string): Table {
  let root: unknown;
  try {
    root = parse(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw unreadable(file, messageOf(error).split('\n')[0] ?? 'invalid TOML');
  }
  refuseDeep(root, file);
  return isTable(root) ? root : {};
}

function tryParse(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

/** Appends the entry to the file as tables of its own, where it gets in the way of no other table. */
function withTables(text: string, { path, name }: EntryPlace, entry: Table): string {
  const format = TomlFormat.default();
  format.inlineTableStart = path.length + 2;
  const nested = path.reduceRight<Table>((inner, key) => ({ [key]: inner }), { [name]: entry });
  return appended(text, stringify(nested, format).replace(/^\[[\w.]+\]\s*(?=\[)/, ''));
}

export const tomlSettings: SettingsFormat = {
  read,
  put(text, place, found, value) {
    const { path, name, file } = place;
    const root = read(text, file);
    const [top = ''] = path;
    const wanted = { ...root, [top]: { ...serversIn(root, path, file), [name]: value } };
    if (found === undefined) {
      const longer = withTables(text, place, value);
      // When the file has its servers in an inline table, appending more of them is an error.
      if (isSame(tryParse(longer), wanted)) return longer;
    }
    const format = TomlFormat.autoDetectFormat(text);
    // In the TOML that clients read, arrays may end with a comma, but inline tables may not.
    format.trailingComma = false;
    return patch(text, wanted, format);
  },
};
