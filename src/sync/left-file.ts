import type { Clock } from '../clock.ts';
import { type Marks, quarantine } from '../db/file.ts';
import type { Mirror } from '../db/open.ts';
import type { Store } from '../mirror/store.ts';

/** What this process still does with a mirror's file that it is about to leave. */

/** The API goes on counting: what any process sent lately counts in the next file, too. */
export function sentBy({ requestLog }: Pick<Store, 'requestLog'>): number[] {
  try {
    return requestLog.times();
  } catch {
    // It can't be read any more; this process tells the next file what it knows itself.
    return [];
  }
}

/** Brings what is in the -wal into the file, wherever that is now. */
export function checkpoint({ sqlite }: Pick<Mirror, 'sqlite'>): void {
  try {
    sqlite.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // Its disk may be gone with it.
  }
}

/**
 * Moves a damaged file aside byte for byte: closing it first would have SQLite write its -wal into it, and that may be
 * the damage.
 * @returns the new name; undefined when another process was faster.
 */
export function moveAside(marks: Marks, clock: Clock, close: () => void): string | undefined {
  try {
    return quarantine(marks, clock);
  } catch {
    // Windows moves no file that is open.
    close();
    return quarantine(marks, clock);
  }
}
