import type { Clock } from '../clock.ts';
import { type Marks, quarantine } from '../db/file.ts';
import type { Mirror } from '../db/open.ts';
import type { Store } from '../mirror/store.ts';

/** What this process still does with a mirror file that it is about to leave. */

/** The API goes on counting: recent requests of all processes count in the next file, too. */
export function sentBy({ requestLog }: Pick<Store, 'requestLog'>): number[] {
  try {
    return requestLog.times();
  } catch {
    // The file is unreadable; this process passes on only what it knows itself.
    return [];
  }
}

/** Writes the content of the -wal into the file, wherever the file is now. */
export function checkpoint({ sqlite }: Pick<Mirror, 'sqlite'>): void {
  try {
    sqlite.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // The disk may be gone together with the file.
  }
}

/**
 * Moves a damaged file aside byte for byte. If we closed it first, SQLite would write its -wal into it, and that may be
 * the damage.
 * @returns the new name; undefined when another process was faster.
 */
export function moveAside(marks: Marks, clock: Clock, close: () => void): string | undefined {
  try {
    return quarantine(marks, clock);
  } catch {
    // Windows does not move an open file.
    close();
    return quarantine(marks, clock);
  }
}
