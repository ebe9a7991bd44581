import type { Reader } from '../db/open.ts';
import { jsonColumns } from '../queries/json-columns.ts';
import { rowText } from '../text/rows.ts';
import { cutCell } from './cells.ts';
import { type Answer, checkedAnswer, checkedStatement } from './checked.ts';
import type { Stream } from './messages.ts';

/** Text is written when it has so many characters, or after so many milliseconds: a slow statement shows that it is alive. */
const partChars = 65_536;
const partMs = 250;

/**
 * Runs one read-only statement, and writes its rows as text, part by part.
 * @param write returns when the text has left, so that rows are read no faster than they are taken.
 */
export function streamOf(stream: Stream, write: (text: string) => void): Answer {
  return checkedAnswer(stream, (reader) => copy(reader, stream, write));
}

function copy(reader: Reader, { sql, limits, format, isTerminal }: Stream, write: (text: string) => void): Answer {
  // Sorting a million rows takes more memory than there may be. SQLite deletes these files as soon as it has opened them.
  reader.sqlite.pragma('temp_store = FILE');
  const statement = checkedStatement(reader, sql, limits.columns);
  const columns = statement.columns().map(({ name, column }) => ({
    name,
    isJson: jsonColumns.has(name) || (column !== null && jsonColumns.has(column)),
  }));
  const text = rowText(format, columns, isTerminal);
  let part = text.head;
  let began = performance.now();
  let rows = 0;
  let cutCells = 0;
  let truncated = false;
  for (const row of statement.iterate()) {
    truncated = rows === limits.rows;
    if (truncated) break;
    const cells = row.map((value) => cutCell(value, limits.cellChars));
    cutCells += cells.filter(({ isCut }) => isCut).length;
    part += text.row(
      cells.map(({ cell }) => cell),
      rows,
    );
    rows += 1;
    if (part.length < partChars && performance.now() - began < partMs) continue;
    write(part);
    part = '';
    began = performance.now();
  }
  write(part + text.end(rows));
  return { say: 'streamed', rows, truncated, cutCells };
}
