import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import { codeOf, MirrorError } from '../errors.ts';

/** What a mirror's file shows, and what can be done with it, without opening it as a database. */

/** "DUNE" in the file's header, so that the file of another program is never taken for a mirror. */
export const applicationId = 0x44554e45;
const header = 'SQLite format 3\0';
/** What SQLite keeps next to a database that is open. */
const companions = ['-wal', '-shm'] as const;
/** Why a file was moved aside: it is damaged, or its schema is too old. Its name goes on with that. */
export type Aside = 'corrupt' | 'outdated';
const asideName = /^\.(corrupt|outdated)-[\dTZ]+(-\d+)?$/;

export interface Found {
  version: number;
  application: number;
  /** The file itself holds no table. */
  isEmpty: boolean;
}

/** The type of a b-tree page that has no pages below it. Source: sqlite.org/fileformat2, 'B-tree Pages'. */
const leafPage = 0x0d;

const sizeOf = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** A look at the first bytes alone, which opens, locks and changes nothing. */
export function inspect(file: string): 'absent' | 'no database' | Found {
  if (!existsSync(file)) return 'absent';
  if (!statSync(file).isFile())
    throw new MirrorError('unusable', `${file} is not a regular file. Set DUNETRACE_DB to a file.`);
  const bytes = Buffer.alloc(108);
  const fd = openSync(file, 'r');
  try {
    const length = readSync(fd, bytes, 0, bytes.length, 0);
    // A database has a page before it has a -wal: it was emptied, and to open it would make SQLite delete the rest.
    if (length === 0) return sizeOf(`${file}-wal`) > 0 ? 'no database' : 'absent';
    if (length < bytes.length || bytes.toString('latin1', 0, 16) !== header) return 'no database';
    const isEmpty = bytes[100] === leafPage && bytes.readUInt16BE(103) === 0;
    return { version: bytes.readUInt32BE(60), application: bytes.readUInt32BE(68), isEmpty };
  } finally {
    closeSync(fd);
  }
}

/** Whether the file at a path, or the one to which a link there leads, is a SQLite database, or its -wal or -shm. */
export function isOfDatabase(path: string): boolean {
  const real = isRegular(path) ? realpathSync(path) : path;
  return [real, real.replace(/-(?:wal|shm)$/i, '')].some(
    (file) => isRegular(file) && typeof inspect(file) === 'object',
  );
}

const isRegular = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** Identifies the file at a path. While the first file is open, one that takes its place has another identity. */
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

/**
 * Moves a file that can't be used (with its -wal and -shm) aside, never deleting it. Several processes may find it damaged at once:
 * what another one has put in its place by now stays.
 * @returns the new name; undefined when another process was faster.
 */
export function quarantine(
  { file, database, companions: marked }: Marks,
  clock: Clock,
  why: Aside = 'corrupt',
): string | undefined {
  const stamp = new Date(clock.now() * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
  const aside = `${file}.${why}-${stamp}`;
  let target = aside;
  for (let n = 2; existsSync(target); n += 1) target = `${aside}-${n}`;
  if (identityOf(file) !== database) return undefined;
  renameSync(file, target);
  for (const [index, suffix] of companions.entries()) {
    const mark = marked[index];
    if (mark !== undefined && identityOf(file + suffix) === mark) renameSync(file + suffix, target + suffix);
  }
  return target;
}

/**
 * How a mirror that is not ours to write can be read. `shared`: a process has it open, or left what SQLite keeps for those that
 * do. `alone`: nothing but the file is needed. `with its log`: its newest rows are in a -wal that nobody has open.
 */
export function reachOf(file: string): 'shared' | 'alone' | 'with its log' {
  if (existsSync(`${file}-shm`)) return 'shared';
  return sizeOf(`${file}-wal`) === 0 ? 'alone' : 'with its log';
}

/** Copies a mirror that nobody has open, with its -wal. @throws a system error */
export function copyWithLog(file: string, target: string): void {
  for (const suffix of ['', '-wal']) copyFileSync(file + suffix, target + suffix, constants.COPYFILE_FICLONE);
}

/** Whether what was opened is still what is at its path. */
export function isInPlace({ file, database }: Marks): boolean {
  return database !== undefined && identityOf(file) === database;
}

/**
 * What became of its -wal and -shm, without which other processes read another state of the mirror, or none. `missing`: no
 * process has made new ones yet; `others`: one has.
 */
export function companionsOf({ file, companions: marked }: Marks): 'in place' | 'missing' | 'others' {
  const lost = companions.flatMap((suffix, index) => {
    const [mark, found] = [marked[index], identityOf(file + suffix)];
    return mark === undefined || found === mark ? [] : [found];
  });
  if (lost.length === 0) return 'in place';
  return lost.every((found) => found === undefined) ? 'missing' : 'others';
}

/** The files that were moved aside from a path. */
export function movedAside(file: string): string[] {
  const name = basename(file);
  const found = namesIn(dirname(file)).filter((one) => one.startsWith(name) && asideName.test(one.slice(name.length)));
  return found.map((one) => join(dirname(file), one));
}

/** Deletes one of them, with its -wal and -shm. */
export function removeAside(path: string): void {
  for (const suffix of ['', ...companions]) rmSync(path + suffix, { force: true });
}

/** Where a process has moved the file; undefined: it went otherwise. */
export function movedTo({ file, database }: Marks): string | undefined {
  return movedAside(file).find((path) => identityOf(path) === database);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It went with its folder.
    return [];
  }
}

/** Changes when any process writes to the file or its -wal: their sizes and times. */
export function touchOf(file: string): { size: number; touch: string } {
  const [database, log] = [file, `${file}-wal`].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  const touch = [database, log].map((found) => `${found?.size}:${found?.mtimeNs}`).join(' ');
  return { size: Number(database?.size ?? 0), touch };
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
 * Makes sure that the file exists and can be written. An existing file is not opened for that: closing it would give up all
 * locks that this process has on it, SQLite's too.
 * @throws MirrorError for a link that leads nowhere: its target is not ours to make.
 */
export function makeFile(file: string): void {
  if (!existsSync(file)) {
    try {
      closeSync(openSync(file, 'ax', 0o600));
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      // Another process was faster, or there is a link.
      if (!existsSync(file))
        throw new MirrorError(
          'unusable',
          `${file} is a dangling link; nothing was written. Remove it, or set DUNETRACE_DB to another file.`,
        );
    }
  }
  accessSync(file, constants.R_OK | constants.W_OK);
}
