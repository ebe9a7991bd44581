import type { Reader } from '../db/open.ts';
import { tableWords, viewWords, type Words } from './schema-words.ts';

export interface SchemaColumn {
  name: string;
  /** The declared type; empty: an expression. */
  type: string;
  /** What the column means; empty: its name, or the view over the table, says it all. */
  about: string;
}

/** A view, or a table, and its columns in their order. */
export interface SchemaTable {
  name: string;
  kind: 'view' | 'table';
  about: string;
  columns: SchemaColumn[];
}

/** This table holds the proof of the key that the mirror belongs to: no ad hoc SQL may read it. */
export const secretTable = 'mirror_meta';

/** Asks for every view and table that SQL can read, views first, without the internal tables of SQLite and its text indexes. */
export const schemaQuery = `select l.name, l.type, c.name, c.type
  from pragma_table_list l join pragma_table_xinfo(l.name) c
  where l.schema = 'main' and l.type in ('view', 'table', 'virtual') and l.name not like 'sqlite~_%' escape '~'
    and l.name <> '${secretTable}' and c.hidden <> 1
  order by l.type <> 'view', l.name, c.cid`;

/** What the rows of `schemaQuery` say, each with the words for what it names. */
export function schemaFrom(rows: readonly (readonly unknown[])[]): SchemaTable[] {
  const tables = new Map<string, SchemaTable>();
  for (const row of rows) {
    const [table = '', kind, name = '', type = ''] = row.map(String);
    const { about, columns } = wordsOf(table);
    const known = tables.get(table) ?? { name: table, kind: kind === 'view' ? 'view' : 'table', about, columns: [] };
    tables.set(table, known);
    known.columns.push({ name, type, about: Object.hasOwn(columns, name) ? (columns[name] ?? '') : '' });
  }
  return [...tables.values()];
}

/** A file of others may have a table of any name, even of one that each object has, such as "constructor". */
function wordsOf(table: string): Words {
  const known = [viewWords, tableWords].find((words) => Object.hasOwn(words, table));
  return known?.[table] ?? { about: '', columns: {} };
}

/** Every view and table that SQL can read. */
export function schemaOf({ sqlite }: Pick<Reader, 'sqlite'>): SchemaTable[] {
  return schemaFrom(sqlite.prepare<[], unknown[]>(schemaQuery).raw().all());
}
