import type { SchemaTable } from '../queries/schema.ts';

/** One view or table: its description, and one line per column. */
function tableSection({ name, kind, about, columns }: SchemaTable): string[] {
  const width = Math.max(...columns.map((column) => column.name.length));
  return [
    `${name} (${kind})${about === '' ? '' : `: ${about}`}`,
    ...columns.map((column) => `  ${column.name.padEnd(width)}  ${column.type.padEnd(7)}  ${column.about}`.trimEnd()),
  ];
}

/** Views and tables with their columns, one after the other. */
export function schemaLines(tables: readonly SchemaTable[]): string[] {
  return tables.flatMap((table, index) => [...(index === 0 ? [] : ['']), ...tableSection(table)]);
}

/** The same, with the facts that apply to all of them. */
export function wholeSchemaLines(tables: readonly SchemaTable[]): string[] {
  return [
    'SQL on the mirror (SQLite). Views are stable: columns are only ever added. Tables may change with any version.',
    "Times are Unix seconds, UTC; columns named *_iso show the same. JSON is text: json_extract(evidence, '$.tool').",
    '',
    ...schemaLines(tables),
  ];
}
