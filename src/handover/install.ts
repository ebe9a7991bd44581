import { closeSync, existsSync, fsyncSync, lstatSync, openSync, realpathSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { explainFault, isLock } from '../db/faults.ts';
import { inspect, makeFolder, marksOf, removeCompanions } from '../db/file.ts';
import { openReader } from '../db/open.ts';
import type { Owner } from '../db/owner.ts';
import { MirrorError } from '../errors.ts';

/** Puts a mirror in the place of one that is empty, or of none. */

/** The file that a path leads to, by whatever links. @throws MirrorError for a link that leads nowhere. */
export function realPlace(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return file;
  throw new MirrorError('unusable', `${file} is a dangling link. Remove it, or set DUNETRACE_DB to another file.`);
}

/**
 * Makes sure that there is no mirror at `file`, or an empty one of this owner's.
 * @throws MirrorError for any other file, which stays as it is.
 */
export function demandRoomFor(file: string, owner: Owner): void {
  makeFolder(dirname(file));
  if (inspect(file) === 'absent') return;
  try {
    const reader = openReader(file, owner);
    try {
      demandEmpty(file, reader.sqlite);
    } finally {
      reader.close();
    }
  } catch (error) {
    if (!(error instanceof MirrorError) || error.kind !== 'missing') throw error;
  }
}

function demandEmpty(file: string, sqlite: Database.Database): void {
  const found = sqlite
    .prepare("select 1 from agents where agent_id <> '' union all select 1 from records limit 1")
    .get();
  if (found === undefined) return;
  throw new MirrorError(
    'handed',
    `The mirror ${file} has rows already, and only an empty one takes those of another server. Run \`dunetrace-mcp reset\` first, while no server uses it, or \`dunetrace-mcp sync\` without --from. Nothing was changed.`,
  );
}

/**
 * Moves the finished mirror `made` to `file`, at one moment.
 * @throws MirrorError when the file there is in use, or no longer empty.
 */
export function install(made: string, file: string, owner: Owner): void {
  demandRoomFor(file, owner);
  // It takes seconds, and is over before the file is locked.
  sync(made);
  const replace = () => renameSync(made, file);
  if (existsSync(file)) replaceAlone(file, replace);
  else {
    removeCompanions(marksOf(file));
    replace();
  }
  sync(dirname(file));
}

/**
 * Replaces the file of an empty mirror while nobody else can use it. Its -wal must not be read with the file that comes:
 * only who uses it alone can end it.
 * @throws MirrorError when it is in use, or not empty.
 */
export function replaceAlone(file: string, replace: () => void): void {
  // Windows lets nobody replace a file that is open, so that nobody can come between there.
  const mayBeOpen = process.platform !== 'win32';
  // Closed last: to close it gives up the locks of this process.
  const fd = mayBeOpen ? openSync(file, 'r+') : undefined;
  const sqlite = new Database(file, { timeout: 1000 });
  try {
    lockEmpty(file, sqlite);
    if (!mayBeOpen) sqlite.close();
    replace();
    // Who has opened the file before and waits for it finds no database then, and makes no -wal beside the new one.
    if (fd !== undefined) writeSync(fd, 'This file was replaced.', 0);
  } finally {
    sqlite.close();
    if (fd !== undefined) closeSync(fd);
  }
}

function lockEmpty(file: string, sqlite: Database.Database): void {
  try {
    sqlite.pragma('journal_mode = delete');
    sqlite.exec('begin exclusive');
  } catch (error) {
    throw isLock(error) ? inUse(file) : explainFault(error, file);
  }
  // Somebody began to use it between both.
  if (existsSync(`${file}-wal`)) throw inUse(file);
  if (sqlite.prepare("select 1 from sqlite_schema where name = 'agents'").get() !== undefined)
    demandEmpty(file, sqlite);
}

const inUse = (file: string) =>
  new MirrorError(
    'handed',
    `Another process uses the mirror ${file}. End the MCP servers on it (close their clients), and run this again. Nothing was changed.`,
  );

function sync(path: string): void {
  try {
    const fd = openSync(path, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Some systems do not sync a folder, or a file that is open for reading alone.
  }
}
