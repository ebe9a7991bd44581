import { isKeptLocked, pinnedPages } from '../db/hindrances.ts';
import { holdersText, readersOf, writersOf } from '../db/lock-holders.ts';
import { plural } from '../text/plural.ts';
import { type Finding, ok, warn } from './finding.ts';
import type { Io } from './io.ts';

/** What takes longer is no write of a server. */
const lockMs = 2000;
/** What a server reads, it has read by then. */
const readMs = 2000;
const lookMs = 200;

/** Whether somebody reads from the log for as long as this looks. @returns pages that are stuck in it. */
async function stuckPages(file: string, { clock }: Pick<Io, 'clock'>): Promise<number> {
  for (let passedMs = 0; ; passedMs += lookMs) {
    const pages = pinnedPages(file);
    if (pages === 0 || passedMs >= readMs) return pages;
    await clock.sleep(lookMs);
  }
}

/** Whether another process keeps the mirror from being written, or its write-ahead log from being emptied, and which. */
export async function checkLocks(file: string, io: Pick<Io, 'clock'>): Promise<Finding[]> {
  const writers = writersOf(file);
  if (isKeptLocked(file, lockMs)) {
    const whose = holdersText(writers, 'another process');
    return [warn('Lock', `${whose} keeps the file locked, and may be suspended or hang: let it go on, or end it.`)];
  }
  const pages = await stuckPages(file, io);
  if (pages === 0) return [ok('Lock', 'nobody keeps the file from being written')];
  const whose = holdersText(readersOf(file), 'another process');
  return [
    warn(
      'Lock',
      `${whose} reads from the file all the time, so that ${plural(pages, 'page')} of its write-ahead log can't be moved, and the log grows. End what it reads, or the process.`,
    ),
  ];
}
