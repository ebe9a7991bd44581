import { closeSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import type { Clock } from '../clock.ts';
import { MirrorError } from '../errors.ts';

/** What can be told of a mirror's file, and done with it, without opening it as a database. */

/** "DUNE" in the file's header, so that the file of another program is never taken for a mirror. */
export const applicationId = 0x44554e45;
const header = 'SQLite format 3\0';

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
  for (const suffix of ['-wal', '-shm']) if (existsSync(file + suffix)) renameSync(file + suffix, target + suffix);
  return target;
}
