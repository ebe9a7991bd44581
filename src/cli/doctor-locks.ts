import { isKeptLocked, pinnedPages } from '../db/hindrances.ts';
import { holdersText, readersOf, writersOf } from '../db/lock-holders.ts';
import { plural } from '../text/plural.ts';
import { type Finding, ok, warn } from './finding.ts';
import type { Io } from './io.ts';

/** A server's write never holds the lock longer than this. */
const lockMs = 2000;
/** A server's read is over by then. */
const readMs = 2000;
const lookMs = 200;

/** Checks whether another process reads from the log during the whole check. @returns pages that are stuck in it. */
async function stuckPages(file: string, { clock }: Pick<Io, 'clock'>): Promise<number> {
  for (let passedMs = 0; ; passedMs += lookMs) {
    const pages = pinnedPages(file);
    if (pages === 0 || passedMs >= readMs) return pages;
    await clock.sleep(lookMs);
  }
}

/**
 * Checks whether another process blocks writes to the mirror, or keeps its write-ahead log from being emptied, and
 * which process.
 */
export async function checkLocks(file: string, io: Pick<Io, 'clock'>): Promise<Finding[]> {
  const writers = writersOf(file);
  if (isKeptLocked(file, lockMs)) {
    const whose = holdersText(writers, 'another process');
    return [warn('Lock', `${whose} keeps the file locked, and may be suspended or hang. Resume it, or end it.`)];
  }
  const pages = await stuckPages(file, io);
  if (pages === 0) return [ok('Lock', 'no process blocks writes to the file')];
  const whose = holdersText(readersOf(file), 'another process');
  return [
    warn(
      'Lock',
      `${whose} keeps reading from the file, so ${plural(pages, 'page')} of its write-ahead log can't be checkpointed, and the log grows. End its query, or the process.`,
    ),
  ];
}
