import { type Column, getTableColumns, getTableName, type Table } from 'drizzle-orm';
import { agents, evidence, explanations, mirrorMeta, names, runEvents, runs, serverHealth, signals } from './schema.ts';
import { fleetState, recordLists, records, sharedIds, syncState } from './sync-tables.ts';

/**
 * What one mirror hands to another: the rows that came from the API, in plain tables without indexes. What is computed
 * from rows (days, sums, full text) is computed anew by who takes them.
 */

/** "DUNH" in the header of the file that is handed over: it is no mirror, and nothing opens it as one. */
export const handedId = 0x44554e48;

export type Cell = string | number | null;

/** A row by the names of its columns. */
export type HandedRow = Readonly<Record<string, Cell>>;

export interface HandedColumn {
  readonly name: string;
  readonly type: 'INTEGER' | 'REAL' | 'TEXT';
  readonly isOptional: boolean;
}

export interface HandedTable {
  readonly name: string;
  readonly columns: readonly HandedColumn[];
  /** The order of its rows; not given: that of their numbers. */
  readonly order?: string;
}

function typeOf(column: Column): HandedColumn['type'] {
  const type = column.getSQLType().toUpperCase();
  if (type === 'INTEGER' || type === 'REAL' || type === 'TEXT') return type;
  throw new TypeError(`A column of type ${type} can't be handed over.`);
}

function handed(table: Table, isHanded: (property: string) => boolean = () => true, order?: string): HandedTable {
  const columns = Object.entries(getTableColumns(table)).filter(([property]) => isHanded(property));
  return {
    name: getTableName(table),
    columns: columns.map(([, column]) => ({ name: column.name, type: typeOf(column), isOptional: !column.notNull })),
    ...(order === undefined ? {} : { order }),
  };
}

const only = (...wanted: readonly string[]) => [(property: string) => wanted.includes(property)] as const;

/** By name; the key of none of them leaves its mirror, nor which process polls for it. */
export const handedTables = {
  meta: handed(mirrorMeta, ...only('schemaVersion', 'apiUrl', 'content', 'contentSecret')),
  fleet: handed(fleetState, ...only('onlyAgents')),
  states: handed(
    syncState,
    ...only('agent', 'list', 'tailPass', 'tailReplaces', 'donePass', 'fullPass', 'keptFrom', 'topPlace', 'deficit'),
  ),
  names: handed(names),
  agents: handed(agents),
  explanations: handed(explanations, (property) => property !== 'hash'),
  runs: handed(runs),
  signals: handed(signals),
  evidence: handed(evidence),
  events: handed(runEvents, () => true, 'run, seq'),
  health: handed(serverHealth),
  shared: handed(sharedIds),
  records: handed(records),
  recordLists: handed(recordLists),
} as const satisfies Record<string, HandedTable>;

export type HandedName = keyof typeof handedTables;

/** The statement that makes a table, as SQLite keeps it: each value is held to its column's type. */
export function createTableSql({ name, columns }: HandedTable): string {
  const parts = columns.map((one) => `"${one.name}" ${one.type}${one.isOptional ? '' : ' NOT NULL'}`);
  return `CREATE TABLE "${name}" (${parts.join(', ')}) STRICT`;
}

/** The columns of a table, for a statement. */
export const columnList = ({ columns }: HandedTable): string => columns.map(({ name }) => `"${name}"`).join(', ');
