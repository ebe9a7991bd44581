import { nearest } from '../nearest.ts';
import type { SchemaTable } from '../queries/schema.ts';

/** A hint that follows SQLite's message: the names that an unknown table or column may be a misspelling of. */
export function hintFor(message: string, sql: string, tables: readonly SchemaTable[]): string {
  const [, table] = /^no such table: (?:main\.)?(.+)$/.exec(message) ?? [];
  if (table !== undefined) {
    const near = nearest(
      table,
      tables.map(({ name }) => name),
      3,
    );
    const views = tables.filter(({ kind }) => kind === 'view').map(({ name }) => name);
    return near.length > 0 ? ` Did you mean ${near.join(', ')}?` : ` Views to read: ${views.join(', ')}.`;
  }
  const [, column] = /^no such column: "?(?:[^."]*\.)*([^."]+)/.exec(message) ?? [];
  if (column === undefined) return '';
  const words = new Set(sql.toLowerCase().match(/\w+/g));
  const meant = tables.filter(({ name }) => words.has(name.toLowerCase()));
  const asked = meant.length > 0 ? meant : tables.filter(({ kind }) => kind === 'view');
  const columns = new Set(asked.flatMap((one) => one.columns.map(({ name }) => name)));
  const near = nearest(column, [...columns], 3);
  if (near.length > 0) return ` Did you mean ${near.join(', ')}?`;
  return meant.map(({ name, columns: has }) => ` ${name} has ${has.map((one) => one.name).join(', ')}.`).join('');
}
