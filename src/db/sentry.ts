import Database from 'better-sqlite3';
import { isCorruption } from './faults.ts';
import { companionsOf, isInPlace, type Marks, marksOf, touchOf } from './file.ts';
import type { Reader } from './open.ts';

/**
 * What became of a file that is open. A connection goes on for long with what it has in memory, and with files that
 * no other process can open any more: what it reads proves nothing.
 */
export type Standing =
  | 'sound'
  /** Another file is at its path, or none. */
  | 'gone'
  /** Its -wal or -shm was taken away: a process that opens it now reads something else. */
  | 'cut off'
  /** It was emptied, or it or its -wal was overwritten: a process that opens it now reads something else. */
  | 'damaged';

/** Looks after a file for as long as a connection has it open. */
export interface Sentry {
  readonly marks: Marks;
  /** Takes microseconds while no process writes, else a millisecond. It never waits. */
  look(): Standing;
}

/** Of each table that passes write something: together they lead to the pages that were written last. */
const tables = ['agents', 'evidence', 'explanations', 'names', 'requests', 'run_events', 'runs', 'signals'];
const rows = ['api_state', 'fleet_state', 'lease', 'mirror_meta'];
const question = `select json_array((select count(*) from sqlite_schema), ${[
  ...tables.map((name) => `(select max(rowid) from ${name})`),
  ...rows.map((name) => `(select count(*) from ${name})`),
  '(select expires_at from lease)',
].join(', ')})`;

/** Somebody may write while two connections are compared; past so many times they are compared when next looked at. */
const maxTries = 3;

const ask = (sqlite: Database.Database): unknown => sqlite.prepare(question).pluck().get();
const changesOf = (sqlite: Database.Database): unknown => sqlite.pragma('data_version', { simple: true });

function askAnew(file: string): unknown {
  const sqlite = new Database(file, { readonly: true, fileMustExist: true, timeout: 0 });
  try {
    return ask(sqlite);
  } finally {
    sqlite.close();
  }
}

/** Whether a connection that is opened now reads what this one does; undefined: that can't be told at the moment. */
function readsAlike({ file, sqlite }: Pick<Reader, 'file' | 'sqlite'>): boolean | undefined {
  try {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const before = changesOf(sqlite);
      const [known, found] = [ask(sqlite), askAnew(file)];
      if (known === found) return true;
      if (changesOf(sqlite) === before) return false;
    }
    return undefined;
  } catch (error) {
    // A lock, or a moment without file descriptors, says nothing of what the file holds.
    return isCorruption(error) ? false : undefined;
  }
}

/** `connection` has just been opened, and has read something. */
export function createSentry(connection: Pick<Reader, 'file' | 'sqlite'>): Sentry {
  const { file } = connection;
  const marks = marksOf(file);
  let seen: string | undefined;

  function look(): Standing {
    if (!isInPlace(marks)) return 'gone';
    const { size, touch } = touchOf(file);
    // To open an emptied one would make SQLite delete its -wal.
    if (size === 0) return 'damaged';
    if (companionsOf(marks) !== 'in place') return 'cut off';
    if (touch === seen) return 'sound';
    const alike = readsAlike(connection);
    if (alike === false) return isInPlace(marks) ? 'damaged' : 'gone';
    if (alike) seen = touch;
    return 'sound';
  }

  return { marks, look };
}
