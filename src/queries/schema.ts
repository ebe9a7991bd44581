import type { Reader } from '../db/open.ts';
import { tableWords, viewWords } from './schema-words.ts';

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

/** Every view and table that SQL can read, views first, without the internal tables of SQLite and its text indexes. */
export function schemaOf({ sqlite }: Pick<Reader, 'sqlite'>): SchemaTable[] {
  const found = sqlite
    .prepare<[string], { table: string; kind: string; name: string; type: string }>(
      `select l.name as "table", l.type as kind, c.name, c.type
       from pragma_table_list l join pragma_table_xinfo(l.name) c
       where l.schema = 'main' and l.type in ('view', 'table', 'virtual') and l.name not like 'sqlite~_%' escape '~'
         and l.name <> ?
         and c.hidden <> 1
       order by l.type <> 'view', l.name, c.cid`,
    )
    .all(secretTable);
  const tables = new Map<string, SchemaTable>();
  for (const { table, kind, name, type } of found) {
    const words = viewWords[table] ?? tableWords[table];
    const known = tables.get(table) ?? {
      name: table,
      kind: kind === 'view' ? 'view' : 'table',
      about: words?.about ?? '',
      columns: [],
    };
    tables.set(table, known);
    known.columns.push({ name, type, about: words?.columns[name] ?? '' });
  }
  return [...tables.values()];
}
