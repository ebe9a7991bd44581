import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { codeOf, MirrorError } from '../errors.ts';

/** What can be told of a mirror's file, and done with it, without opening it as a database. */

/** "DUNE" in the file's header, so that the file of another program is never taken for a mirror. */
export const applicationId = 0x44554e45;
const header = 'SQLite format 3\0';
/** What SQLite keeps next to a database that is open. */
const companions = ['-wal', '-shm'] as const;

export interface Found {
  version: number;
  application: number;
  /** The file itself holds no table. */
  isEmpty: boolean;
}

/** The type of a b-tree page that has no pages below it. Source: sqlite.org/fileformat2, 'B-tree Pages'. */
const leafPage = 0x0d;

/** A look at the first bytes alone, which opens, locks and changes nothing. */
export function inspect(file: string): 'absent' | 'no database' | Found {
  if (!existsSync(file)) return 'absent';
  if (!statSync(file).isFile())
    throw new MirrorError('unusable', `${file} is no regular file. Set DUNETRACE_DB to a file.`);
  const bytes = Buffer.alloc(108);
  const fd = openSync(file, 'r');
  try {
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    if (length === 0) return 'absent';
    if (length < bytes.length || bytes.toString('latin1', 0, 16) !== header) return 'no database';
    const isEmpty = bytes[100] === leafPage && bytes.readUInt16BE(103) === 0;
    return { version: bytes.readUInt32BE(60), application: bytes.readUInt32BE(68), isEmpty };
  } finally {
    closeSync(fd);
  }
}

/**
 * Moves a damaged file (with its -wal and -shm) aside, never deleting it.
 * @returns the new name.
 */
export function quarantine(file: string, clock: Clock): string {
  const stamp = new Date(clock.now() * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  let target = `${file}.corrupt-${stamp}`;
  for (let n = 2; existsSync(target); n += 1) target = `${file}.corrupt-${stamp}-${n}`;
  renameSync(file, target);
  for (const suffix of companions) if (existsSync(file + suffix)) renameSync(file + suffix, target + suffix);
  return target;
}

/** Which file is at a path; another one that takes its place, for as long as the first is open, is told from it. */
export function identityOf(path: string): string | undefined {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    return found && `${found.dev}:${found.ino}`;
  } catch {
    // What can't be looked at can't be used either: opening it tells why.
    return undefined;
  }
}

/** A mirror's files, as they are once it is open. */
export interface Marks {
  readonly file: string;
  readonly database: string | undefined;
  /** Those of -wal and -shm. */
  readonly companions: readonly (string | undefined)[];
}

export function marksOf(file: string): Marks {
  return { file, database: identityOf(file), companions: companions.map((suffix) => identityOf(file + suffix)) };
}

/** Whether what was opened is still what is at its path. */
export function isInPlace({ file, database }: Marks): boolean {
  return database !== undefined && identityOf(file) === database;
}

/**
 * Removes the -wal and -shm of a database that is no more at its path: the one that takes its place must not be read
 * with them. Those that have come since the marks were taken stay.
 */
export function removeCompanions({ file, companions: marked }: Marks): void {
  for (const [index, suffix] of companions.entries()) {
    const mark = marked[index];
    if (mark !== undefined && identityOf(file + suffix) === mark) rmSync(file + suffix, { force: true });
  }
}

/** Makes a folder, and those above it, for this user alone. (Node's own `recursive` never ends where nothing can be made.) */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/**
 * Sees to it that there is a file that may be written. One that is there is not opened for that: whoever closes a file
 * gives up all locks of his process on it, SQLite's too.
 */
export function makeFile(file: string): void {
  if (existsSync(file)) accessSync(file, constants.R_OK | constants.W_OK);
  else closeSync(openSync(file, 'a', 0o600));
}
