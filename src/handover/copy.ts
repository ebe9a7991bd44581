import Database from 'better-sqlite3';
import { columnList, createTableSql, type HandedTable, handedId, handedTables } from '../db/handed-tables.ts';
import { schemaVersion } from '../db/migrate.ts';

/**
 * Copies what a mirror hands over into a new file, as it is at one moment. No statement here writes the mirror, and who does
 * goes on meanwhile.
 * @throws an error of SQLite's.
 */
export function copyMirror(mirror: string, target: string): void {
  const sqlite = new Database(target);
  try {
    // Nobody else knows the file yet, and one that is not finished is of no use.
    sqlite.pragma('journal_mode = memory');
    sqlite.pragma('synchronous = off');
    sqlite.pragma(`application_id = ${handedId}`);
    sqlite.pragma(`user_version = ${schemaVersion()}`);
    sqlite.prepare('attach ? as mirror').run(mirror);
    const tables: HandedTable[] = Object.values(handedTables);
    sqlite.transaction(() => {
      for (const table of tables) sqlite.exec(copySql(table));
    })();
  } finally {
    sqlite.close();
  }
}

function copySql(table: HandedTable): string {
  const { name, order = 'rowid' } = table;
  const columns = columnList(table);
  return `${createTableSql(table)};
    insert into main."${name}" (${columns}) select ${columns} from mirror."${name}" order by ${order}`;
}
