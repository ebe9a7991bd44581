import type { Reader } from '../db/open.ts';
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
  const names = statement.columns();
  const max = Math.max(minCellChars, Math.min(limits.cellChars, Math.floor(limits.rowChars / names.length)));
  const columns = names.map(({ name }) => String(cutCell(name, max).cell));
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
