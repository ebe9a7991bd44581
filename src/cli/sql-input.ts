import type { SchemaTable } from '../queries/schema.ts';
import { rowFormats } from '../text/rows.ts';
import { dotCommands } from './sql-commands.ts';

/** Reads the shell's input: finds where a statement ends, and completes words. */

const keywords = ['SELECT', 'FROM', 'WHERE', 'GROUP BY', 'ORDER BY', 'LIMIT', 'JOIN', 'HAVING', 'DISTINCT', 'WITH'];

const plainName = /^\w+$/;

const apart = /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g;

/** Whether the input so far ends a statement: its last character is a semicolon outside of quotes and comments. */
export function isComplete(typed: string): boolean {
  const rest = typed.replaceAll(apart, (part) => (/^(--|\/\*)/.test(part) ? ' ' : 'x'));
  return /;\s*$/.test(rest) && !/['"`[]|\/\*/.test(rest);
}

/** The completions of a line's last word, and that word, in the form that node:readline wants. */
export function completions(line: string, all: readonly SchemaTable[]): [string[], string] {
  // A name with other characters needs quotes, and may steer the terminal.
  const tables = all.filter(({ name }) => plainName.test(name));
  const starting = (candidates: readonly string[], typed: string) =>
    candidates.filter((candidate) => candidate.toLowerCase().startsWith(typed.toLowerCase())).sort();
  const names = tables.map(({ name }) => name);
  if (/^\.\w*$/.test(line)) return [starting(dotCommands, line), line];
  const [, mode] = /^\.mode\s+(\w*)$/.exec(line) ?? [];
  if (mode !== undefined) return [starting(rowFormats, mode), mode];
  const [, schemaOf] = /^\.schema\s+(\w*)$/.exec(line) ?? [];
  if (schemaOf !== undefined) return [starting(names, schemaOf), schemaOf];
  const [, qualifier, word = ''] = /(?<!\w)(?:(\w+)\.)?(\w*)$/.exec(line) ?? [];
  const columnsOf = (of: readonly SchemaTable[]) =>
    of.flatMap(({ columns }) => columns.map(({ name }) => name)).filter((name) => plainName.test(name));
  if (qualifier !== undefined) {
    const named = tables.filter(({ name }) => name === qualifier);
    // A qualifier that is not a table may be an alias that the line defines later.
    return [[...new Set(starting(columnsOf(named.length > 0 ? named : tables), word))], word];
  }
  return word === '' ? [[], ''] : [[...new Set(starting([...names, ...columnsOf(tables), ...keywords], word))], word];
}
