import { readFileSync, statSync } from 'node:fs';

/** Who keeps a mirror's file locked, as far as the system shows it (Linux does). */

/** A process that holds a lock. */
export interface Holder {
  pid: number;
  /** What it is called; '' where that is hidden. */
  name: string;
}

/** Bytes of the -shm that are locked. Source: sqlite.org/walformat, 'WAL Locks'. */
const writeByte = { first: 120, last: 120 };
const readBytes = { first: 123, last: 127 };
/** Bytes of the database that are locked while it is not in WAL mode, or for one process alone. Source: sqlite.org/lockingv3. */
const databaseBytes = { first: 0x40000000, last: 0x400001ff };

interface Range {
  first: number;
  last: number;
}

interface Lock extends Range {
  pid: number;
  isWrite: boolean;
  inode: string;
}

/** A line is `1: POSIX  ADVISORY  WRITE 4711 fe:00:2148817 120 120`. Source: proc_locks(5). */
const lockLine = /^\d+: (?:POSIX|OFDLCK) +\S+ +(READ|WRITE) +(\d+) +[\da-f]+:[\da-f]+:(\d+) +(\d+) +(\d+|EOF)$/gm;

/** @returns undefined where the system shows no locks. */
function locksNow(): Lock[] | undefined {
  let text: string;
  try {
    text = readFileSync('/proc/locks', 'utf8');
  } catch {
    return undefined;
  }
  return [...text.matchAll(lockLine)].map(([, kind, pid, inode = '', first, last]) => ({
    isWrite: kind === 'WRITE',
    pid: Number(pid),
    inode,
    first: Number(first),
    last: last === 'EOF' ? Number.POSITIVE_INFINITY : Number(last),
  }));
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

const inodeOf = (file: string) => statSync(file, { bigint: true, throwIfNoEntry: false })?.ino.toString();
const overlaps = (one: Range, other: Range) => one.first <= other.last && other.first <= one.last;

/** The other processes that hold such a lock, each once. */
function others(file: string, isMeant: (lock: Lock) => boolean): Holder[] {
  const inode = inodeOf(file);
  const pids = (locksNow() ?? []).flatMap((lock) => (lock.inode === inode && isMeant(lock) ? [lock.pid] : []));
  return [...new Set(pids)].filter((pid) => pid !== process.pid).map((pid) => ({ pid, name: nameOf(pid) }));
}

/** Who writes the mirror at the moment, or keeps others from it. */
export function writersOf(file: string): Holder[] {
  return [
    ...others(`${file}-shm`, (lock) => lock.isWrite && overlaps(lock, writeByte)),
    ...others(file, (lock) => lock.isWrite && overlaps(lock, databaseBytes)),
  ];
}

/** Who reads from it at the moment. */
export function readersOf(file: string): Holder[] {
  return others(`${file}-shm`, (lock) => !lock.isWrite && overlaps(lock, readBytes));
}

/** `process 4711 (python3)`; without holders, `unknown`. */
export function holdersText(holders: readonly Holder[], unknown: string): string {
  const named = holders.slice(0, 5).map(({ pid, name }) => `process ${pid}${name === '' ? '' : ` (${name})`}`);
  return named.length === 0 ? unknown : named.join(' and ');
}
