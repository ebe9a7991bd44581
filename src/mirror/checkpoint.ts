import { statSync } from 'node:fs';
import type { Mirror } from '../db/open.ts';

/** A write-ahead log that is smaller is left to SQLite. */
const largeBytes = 4 * 1024 * 1024;

/**
 * Moves what is in a large write-ahead log into the database, and empties the log if no process reads from it at the
 * moment. It never waits.
 */
export function checkpoint({ file, sqlite }: Pick<Mirror, 'file' | 'sqlite'>): void {
  const size = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (size < largeBytes) return;
  const timeout = Number(sqlite.pragma('busy_timeout', { simple: true }));
  sqlite.pragma('busy_timeout = 0');
  try {
    // With others in the way it does what it can without them.
    sqlite.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    sqlite.pragma(`busy_timeout = ${timeout}`);
  }
}
