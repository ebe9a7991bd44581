import { openReader, type Reader } from '../db/open.ts';
import { MirrorError, messageOf } from '../errors.ts';
import { prose } from '../prose.ts';
import { schemaOf } from '../queries/schema.ts';
import { type Cell, cutCell } from './cells.ts';
import { refusalOfCompiled } from './judge.ts';
import type { FromChild, Limits, Question } from './messages.ts';
import { hintFor } from './mistakes.ts';
import { refusalOf } from './statement.ts';

/** However many columns a row has, each cell shows at least this many characters. */
const minCellChars = 20;
/** Characters that a cell takes besides its own: quotes, a comma or a bar. */
const cellMarks = 4;
/** SQLite's messages repeat names, however long they are. */
const maxMessageChars = 300;

type Answer = Exclude<FromChild, { say: 'ready' }>;

/**
 * Runs one read-only statement on a connection of its own: settings that the statement makes end with the connection.
 */
export function answerOf({ file, owner, sql, limits }: Question): Answer {
  const refused = refusalOf(sql);
  if (refused !== undefined) return { say: 'refused', message: refused };
  let reader: Reader;
  try {
    reader = openReader(file, owner);
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    return { say: 'unreadable', kind: error.kind, message: error.message };
  }
  try {
    return read(reader, sql, limits);
  } catch (error) {
    const message = messageOf(error).slice(0, maxMessageChars);
    return {
      say: 'refused',
      message: `${prose(message.replace(/\.$/, ''))}.${hintFor(message, sql, schemaOf(reader))}`,
    };
  } finally {
    reader.close();
  }
}

function read(reader: Reader, sql: string, limits: Limits): Answer {
  const { sqlite } = reader;
  sqlite.pragma('query_only = ON');
  // Sorting happens in memory, which is limited: a statement leaves no file behind, and fills no disk.
  sqlite.pragma('temp_store = MEMORY');
  // One snapshot: the statement runs against the schema it was checked against, even if another process changes the
  // schema.
  sqlite.exec('begin');
  const statement = sqlite.prepare<[], unknown[]>(sql);
  if (!statement.reader || !statement.readonly)
    return { say: 'refused', message: 'Only one read-only statement may run, such as SELECT. Nothing was run.' };
  const refused = refusalOfCompiled(reader, sql);
  if (refused !== undefined) return { say: 'refused', message: refused };
  const names = statement.columns();
  if (names.length > limits.columns)
    return {
      say: 'refused',
      message: `It has ${names.length} columns; the limit is ${limits.columns}. Name the columns that you need.`,
    };
  const max = Math.max(minCellChars, Math.min(limits.cellChars, Math.floor(limits.rowChars / names.length)));
  const columns = names.map(({ name }) => String(cutCell(name, max).cell));
  const rows: Cell[][] = [];
  let left = limits.totalChars;
  let cutCells = 0;
  let truncated = false;
  for (const row of statement.raw().safeIntegers().iterate()) {
    const cells = row.map((value) => cutCell(value, max));
    left -= cells.reduce((sum, { cell }) => sum + String(cell).length + cellMarks, 0);
    truncated = rows.length === limits.rows || (left < 0 && rows.length > 0);
    if (truncated) break;
    rows.push(cells.map(({ cell }) => cell));
    cutCells += cells.filter(({ isCut }) => isCut).length;
  }
  return { say: 'rows', columns, rows, truncated, cutCells, isWell: true };
}
