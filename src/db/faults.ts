import { codeOf, MirrorError, messageOf } from '../errors.ts';
import { holdersText, writersOf } from './lock-holders.ts';

/** What an error says of the mirror's file, and so what is to be done. */
export type Fault =
  /** What it holds can't be trusted: it is moved aside, and a new one begun. */
  | 'damaged'
  /** It can be read, but not written: what it holds is still there to answer from. */
  | 'unwritable'
  /** It can't be used where it is: another has to take its place. */
  | 'unusable';

/** The last: the write-ahead log is shorter than what was written to it (of the database itself SQLite takes that). */
const corruption = /^SQLITE_(CORRUPT.*|NOTADB|IOERR_SHORT_READ)$/;

/** Whether SQLite found the file itself damaged. */
export const isCorruption = (error: unknown): boolean => corruption.test(codeOf(error) ?? '');

/** Whether a query came to a connection that was closed since it was asked for: on a new one it can be asked again. */
export function wasClosed(error: unknown): boolean {
  return error instanceof TypeError && error.message === 'The database connection is not open';
}

/** Writing failed for want of space or of the right to: what was there before still is. */
const unwritable = /^SQLITE_(FULL|READONLY.*|IOERR_(WRITE|FSYNC|DIR_FSYNC|TRUNCATE|SHMSIZE))$/;
/** Another process has been writing for longer than anyone waits: it is suspended, most likely. */
const locked = /^SQLITE_BUSY/;

/** Whether another process keeps the file locked. */
export const isLock = (error: unknown): boolean => locked.test(codeOf(error) ?? '');

/** The folder does not lock files, or gives no memory that processes share: some network folders are so. */
const unlockable = /^SQLITE_(PROTOCOL|IOERR_((RD|UN)?LOCK|CHECKRESERVEDLOCK|SHM(LOCK|MAP|OPEN)))$/;
const unusable = /^SQLITE_(IOERR.*|CANTOPEN.*|NOLFS|PERM)$/;

/** @returns undefined for what is no fault of the file. */
export function faultOf(error: unknown): Fault | undefined {
  const code = codeOf(error) ?? '';
  if (isCorruption(error)) return 'damaged';
  if (unwritable.test(code) || locked.test(code)) return 'unwritable';
  return unlockable.test(code) || unusable.test(code) ? 'unusable' : undefined;
}

/** Whose lock it is that keeps the file from being written. */
export function lockFault(file: string, cause?: unknown): MirrorError {
  const whose = holdersText(writersOf(file), 'another process');
  return new MirrorError(
    'unusable',
    `The mirror file ${file} is locked by ${whose}, which may be suspended or hang. Resume it, or end it.`,
    { cause },
  );
}

/** An addon that does not load, or a file that can't be used: what, why, and the way on. */
export function explainFault(error: unknown, file: string): MirrorError {
  if (error instanceof MirrorError) return error;
  const code = codeOf(error) ?? '';
  const message = messageOf(error);
  const explained = (kind: MirrorError['kind'], text: string) => new MirrorError(kind, text, { cause: error });
  if (code === 'ERR_DLOPEN_FAILED' || code === 'MODULE_NOT_FOUND') {
    return explained(
      'addon',
      `SQLite does not load in Node ${process.version} on ${process.platform}-${process.arch}: its binary is missing or damaged. Install dunetrace-mcp again; better-sqlite3, which it comes with, has binaries for Linux, macOS and Windows on x64 and arm64.`,
    );
  }
  if (isCorruption(error))
    return explained(
      'corrupt',
      `The mirror file ${file} is damaged (${message}). Run \`dunetrace-mcp sync\` to move it aside and start a new one.`,
    );
  const elsewhere = 'or set DUNETRACE_DB to another file.';
  if (/^(SQLITE_FULL|ENOSPC|EDQUOT)$/.test(code))
    return explained(
      'unusable',
      `The disk of the mirror file ${file} is full (${message}). Free some space on it, ${elsewhere}`,
    );
  if (unwritable.test(code) || code === 'EROFS') {
    return explained(
      'unusable',
      `The mirror file ${file} can't be written (${message}). Make room for it, and make it and its folder writable for your user, ${elsewhere}`,
    );
  }
  if (unlockable.test(code)) {
    return explained(
      'unusable',
      `The mirror file ${file} can't be used: its folder does not lock files, as some network folders don't (${code}). Set DUNETRACE_DB to a file on a local disk.`,
    );
  }
  if (locked.test(code)) return lockFault(file, error);
  return explained(
    'unusable',
    `The mirror file ${file} can't be used (${message}). Check its folder's permissions and free space, ${elsewhere}`,
  );
}
