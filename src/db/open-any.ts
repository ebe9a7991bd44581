import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { MirrorError, messageOf } from '../errors.ts';
import { isCorruption } from './faults.ts';
import { inspect, reachOf } from './file.ts';
import { kindOf } from './migrate.ts';
import type { Reader } from './open.ts';

/** How long to wait (in milliseconds) for a moment in which another process has the file to itself. */
const busyTimeoutMs = 10_000;

/**
 * Opens anyone's mirror read-only, of any key, URL and version. Nothing is written in it; nothing beside it, unless there is a -shm.
 * That may be of a process that has it open, so SQLite has to share it: it brings it up to date, and makes an empty -wal where there is none.
 * It may have been made to harm: what its schema calls is not trusted, and each page is checked.
 * SQLite has to take URIs for names of files (SQLITE_USE_URI=1 in the environment), or it can't be told that the file stays as it is.
 * @throws MirrorError that names what the file is instead.
 */
export function openAny(file: string): Reader {
  try {
    refuseNoDatabase(file);
    const name = reachOf(file) === 'alone' ? `${pathToFileURL(file)}?immutable=1` : file;
    const sqlite = new Database(name, { readonly: true, fileMustExist: true, timeout: busyTimeoutMs });
    try {
      sqlite.pragma('trusted_schema = OFF');
      sqlite.pragma('cell_size_check = ON');
      sqlite.pragma('mmap_size = 0');
      refuseNoMirror(sqlite, file);
      return { file, sqlite, db: drizzle({ client: sqlite }), close: () => sqlite.close() };
    } catch (error) {
      sqlite.close();
      throw error;
    }
  } catch (error) {
    throw explained(error, file);
  }
}

function refuseNoDatabase(file: string): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new MirrorError('missing', `There is no file ${file}.`);
  if (!found.isFile()) throw new MirrorError('foreign', `${file} is not a regular file, and no mirror.`);
  const inside = inspect(file);
  if (inside === 'absent') throw new MirrorError('foreign', `${file} is empty, and no mirror.`);
  if (inside === 'no database') throw new MirrorError('foreign', `${file} is not a SQLite database, and no mirror.`);
}

function refuseNoMirror(sqlite: Database.Database, file: string): void {
  const { isOurs, hasNoTables } = kindOf(sqlite);
  if (isOurs) return;
  throw hasNoTables
    ? new MirrorError('missing', `${file} holds nothing yet. What it was to hold may be in its -wal: get that, too.`)
    : new MirrorError('foreign', `${file} is the SQLite database of another program, and no mirror.`);
}

function explained(error: unknown, file: string): MirrorError {
  if (error instanceof MirrorError) return error;
  const cause = { cause: error };
  return isCorruption(error)
    ? new MirrorError('corrupt', `The mirror ${file} is damaged (${messageOf(error)}). Ask for another copy.`, cause)
    : new MirrorError('unusable', `The mirror ${file} can't be read (${messageOf(error)}).`, cause);
}
