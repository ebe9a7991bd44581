import type { SchemaTable } from '../queries/schema.ts';

/** What is typed into the shell: where a statement ends, and what a word may become. */

export const dotCommands = ['.help', '.quit', '.schema', '.tables'] as const;

const keywords = ['SELECT', 'FROM', 'WHERE', 'GROUP BY', 'ORDER BY', 'LIMIT', 'JOIN', 'HAVING', 'DISTINCT', 'WITH'];

const apart = /'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\//g;

/** Whether what was typed so far ends a statement: its last sign is a semicolon outside of quotes and comments. */
export function isComplete(typed: string): boolean {
  const rest = typed.replaceAll(apart, (part) => (/^(--|\/\*)/.test(part) ? ' ' : 'x'));
  return /;\s*$/.test(rest) && !/['"`[]|\/\*/.test(rest);
}

/** What the last word of a line may become, and that word: as node:readline wants it. */
export function completions(line: string, tables: readonly SchemaTable[]): [string[], string] {
  const starting = (candidates: readonly string[], typed: string) =>
    candidates.filter((candidate) => candidate.toLowerCase().startsWith(typed.toLowerCase())).sort();
  const names = tables.map(({ name }) => name);
  if (/^\.\w*$/.test(line)) return [starting(dotCommands, line), line];
  const [, schemaOf] = /^\.schema\s+(\w*)$/.exec(line) ?? [];
  if (schemaOf !== undefined) return [starting(names, schemaOf), schemaOf];
  const [, qualifier, word = ''] = /(?<!\w)(?:(\w+)\.)?(\w*)$/.exec(line) ?? [];
  const columnsOf = (of: readonly SchemaTable[]) => of.flatMap(({ columns }) => columns.map(({ name }) => name));
  if (qualifier !== undefined) {
    const named = tables.filter(({ name }) => name === qualifier);
    // A qualifier that is no table is an alias of one that the line may name later.
    return [[...new Set(starting(columnsOf(named.length > 0 ? named : tables), word))], word];
  }
  return word === '' ? [[], ''] : [[...new Set(starting([...names, ...columnsOf(tables), ...keywords], word))], word];
}
