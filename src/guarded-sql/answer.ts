import { MirrorError, messageOf } from '../errors.ts';
import { openReader, type Reader } from '../mirror/open.ts';
import { schemaOf } from '../queries/schema.ts';
import { type Cell, cutCell } from './cells.ts';
import { refusalOfCompiled } from './judge.ts';
import type { FromChild, Limits, Question } from './messages.ts';
import { hintFor } from './mistakes.ts';
import { refusalOf } from './statement.ts';

/** However many columns a row has, so much of each is shown. */
const minCellChars = 20;
/** SQLite repeats names, however long they are. */
const maxMessageChars = 300;

type Answer = Exclude<FromChild, { say: 'ready' }>;

/** Runs one statement that reads, on a connection of its own: what a statement sets there is gone with it. */
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
    return { say: 'refused', message: `${message.replace(/\.$/, '')}.${hintFor(message, sql, schemaOf(reader))}` };
  } finally {
    reader.close();
  }
}

function read(reader: Reader, sql: string, { rows: maxRows, cellChars, rowChars, totalChars }: Limits): Answer {
  const { sqlite } = reader;
  sqlite.pragma('query_only = ON');
  // What is sorted stays in memory, which is watched: a statement leaves no file behind, and fills no disk.
  sqlite.pragma('temp_store = MEMORY');
  // One snapshot: what was judged is what is run, whatever another process makes of the schema.
  sqlite.exec('begin');
  const statement = sqlite.prepare<[], unknown[]>(sql);
  if (!statement.reader || !statement.readonly)
    return { say: 'refused', message: 'Only one statement that reads is run, such as SELECT. Nothing was run.' };
  const refused = refusalOfCompiled(reader, sql);
  if (refused !== undefined) return { say: 'refused', message: refused };
  const columns = statement.columns().map(({ name }) => name);
  const max = Math.max(minCellChars, Math.min(cellChars, Math.floor(rowChars / columns.length)));
  const rows: Cell[][] = [];
  let left = totalChars;
  let cutCells = 0;
  let truncated = false;
  for (const row of statement.raw().safeIntegers().iterate()) {
    const cells = row.map((value) => cutCell(value, max));
    left -= cells.reduce((sum, { cell }) => sum + String(cell).length, 0);
    truncated = rows.length === maxRows || (left < 0 && rows.length > 0);
    if (truncated) break;
    rows.push(cells.map(({ cell }) => cell));
    cutCells += cells.filter(({ isCut }) => isCut).length;
  }
  return { say: 'rows', columns, rows, truncated, cutCells, isWell: true };
}
