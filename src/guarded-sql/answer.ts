import type { ColumnDefinition } from 'better-sqlite3';
import type { Reader } from '../db/open.ts';
import { isExact } from '../exact-fields.ts';
import { type Cell, cutCell } from './cells.ts';
import { type Answer, checkedAnswer, checkedStatement } from './checked.ts';
import type { Question } from './messages.ts';

/** However many columns a row has, each cell shows at least this many characters. */
const minCellChars = 20;
/** Characters that a cell takes besides its own: quotes, a comma or a bar. */
const cellMarks = 4;

/** Runs one read-only statement, and answers with all its rows at once, within the limits. */
export function answerOf(question: Question): Answer {
  return checkedAnswer(question, (reader) => read(reader, question));
}

function read(reader: Reader, { sql, limits }: Question): Answer {
  // Sorting happens in memory, which is limited: a statement leaves no file behind, and fills no disk.
  reader.sqlite.pragma('temp_store = MEMORY');
  const statement = checkedStatement(reader, sql, limits.columns);
  const found = statement.columns();
  const max = Math.max(minCellChars, Math.min(limits.cellChars, Math.floor(limits.rowChars / found.length)));
  const columns = found.map((column) => ({
    name: String(cutCell(column.name, max).cell),
    isExact: isExactColumn(column),
  }));
  const rows: Cell[][] = [];
  let left = limits.totalChars;
  let cutCells = 0;
  let truncated = false;
  for (const row of statement.iterate()) {
    const cells = row.map((value) => cutCell(value, max));
    left -= cells.reduce((sum, { cell }) => sum + String(cell).length + cellMarks, 0);
    truncated = rows.length === limits.rows || (left < 0 && rows.length > 0);
    if (truncated) break;
    rows.push(cells.map(({ cell }) => cell));
    cutCells += cells.filter(({ isCut }) => isCut).length;
  }
  return { say: 'rows', columns, rows, truncated, cutCells, isWell: true };
}

/**
 * What SQLite says of where a column comes from holds under any alias, through views too. But it is silent on expressions, and says
 * `names.name` of failure types, versions and tools alike. So a name is believed as well: as an id, any text is harmless.
 */
const isExactColumn = ({ name, column }: ColumnDefinition) => isExact(name) || (column !== null && isExact(column));
