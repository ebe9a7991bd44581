import type { SchemaTable } from '../queries/schema.ts';

/** One view or table: what it is, and a line a column. */
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
