import type Database from 'better-sqlite3';
import { openReader, type Reader } from '../db/open.ts';
import { openAny } from '../db/open-any.ts';
import { MirrorError, messageOf, UsageError } from '../errors.ts';
import { prose } from '../prose.ts';
import { schemaOf } from '../queries/schema.ts';
import { refusalOfCompiled } from './judge.ts';
import type { FromChild, Question } from './messages.ts';
import { hintFor } from './mistakes.ts';
import { refusalOf } from './statement.ts';

/** SQLite's messages repeat names, however long they are. */
const maxMessageChars = 300;

type Asked = Pick<Question, 'file' | 'access' | 'sql'>;

export type Answer = Exclude<FromChild, { say: 'ready' }>;

/**
 * Answers one statement on a connection of its own: settings that the statement makes end with the connection. What goes wrong is an
 * answer, too.
 */
export function checkedAnswer({ file, access, sql }: Asked, answer: (reader: Reader) => Answer): Answer {
  const refused = refusalOf(sql);
  if (refused !== undefined) return { say: 'refused', message: refused };
  let reader: Reader;
  try {
    reader = access.of === 'anyone' ? openAny(file) : openReader(file, access);
  } catch (error) {
    if (!(error instanceof MirrorError)) throw error;
    return { say: 'unreadable', kind: error.kind, message: error.message };
  }
  try {
    return answer(reader);
  } catch (error) {
    return { say: 'refused', message: error instanceof UsageError ? error.message : explained(error, sql, reader) };
  } finally {
    reader.close();
  }
}

function explained(error: unknown, sql: string, reader: Reader): string {
  const message = messageOf(error).slice(0, maxMessageChars);
  return `${prose(message.replace(/\.$/, ''))}.${hintOf(message, sql, reader)}`;
}

function hintOf(message: string, sql: string, reader: Reader): string {
  try {
    return hintFor(message, sql, schemaOf(reader));
  } catch {
    // A view in a file of others may be what SQLite can't even describe.
    return '';
  }
}

/**
 * Compiles a statement, if it only reads what it may. From here on the connection is in one snapshot: the statement runs against the
 * schema that it was checked against, even if another process changes the schema.
 * @throws UsageError why it must not run; SQLite's error for what is no statement.
 */
export function checkedStatement(reader: Reader, sql: string, maxColumns: number): Database.Statement<[], unknown[]> {
  const { sqlite } = reader;
  sqlite.pragma('query_only = ON');
  sqlite.exec('begin');
  const statement = sqlite.prepare<[], unknown[]>(sql);
  if (!statement.reader || !statement.readonly)
    throw new UsageError('Only one read-only statement may run, such as SELECT. Nothing was run.');
  const refused = refusalOfCompiled(reader, sql);
  if (refused !== undefined) throw new UsageError(refused);
  const { length } = statement.columns();
  if (length > maxColumns)
    throw new UsageError(`It has ${length} columns; the limit is ${maxColumns}. Name the columns that you need.`);
  return statement.raw().safeIntegers();
}
