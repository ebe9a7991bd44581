import type { Clock } from '../clock.ts';
import { type Marks, quarantine } from '../db/file.ts';
import type { Mirror } from '../db/open.ts';
import type { Store } from '../mirror/store.ts';

/** What is still done with a mirror's file that is about to be left. */

/** The API counts on: what any process has sent lately counts in the file that takes this one's place. */
export function sentBy({ requestLog }: Pick<Store, 'requestLog'>): number[] {
  try {
    return requestLog.times();
  } catch {
    // It can't be read any more; what this process knows of itself it tells the next one.
    return [];
  }
}

/** What is in the -wal comes into the file, wherever that is now. */
export function makeWhole({ sqlite }: Pick<Mirror, 'sqlite'>): void {
  try {
    sqlite.pragma('wal_checkpoint(PASSIVE)');
  } catch {
    // Its disk may be gone with it.
  }
}

/**
 * Moves it aside as its bytes are: when it is closed first, SQLite writes into it what is in its -wal, and that may be
 * the damage.
 * @returns the new name; undefined when another process was faster.
 */
export function setAside(marks: Marks, clock: Clock, close: () => void): string | undefined {
  try {
    return quarantine(marks, clock);
  } catch {
    // Windows moves no file that is open.
    close();
    return quarantine(marks, clock);
  }
}
