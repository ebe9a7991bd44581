import Database from 'better-sqlite3';
import { isLock } from './faults.ts';

/** What another process keeps from being done with a mirror's file. Looking changes nothing that the mirror says. */

/** @returns undefined where the file can't be opened for writing. */
function tryOn<Found>(file: string, waitMs: number, look: (sqlite: Database.Database) => Found): Found | undefined {
  let sqlite: Database.Database | undefined;
  try {
    sqlite = new Database(file, { fileMustExist: true, timeout: waitMs });
    return look(sqlite);
  } catch {
    // What else ails the file is found out by who opens it for his work.
    return undefined;
  } finally {
    sqlite?.close();
  }
}

/** Whether no write can begin within `waitMs`. */
export function isKeptLocked(file: string, waitMs: number): boolean {
  return (
    tryOn(file, waitMs, (sqlite) => {
      try {
        sqlite.exec('BEGIN IMMEDIATE; ROLLBACK');
        return false;
      } catch (error) {
        return isLock(error);
      }
    }) === true
  );
}

/**
 * Moves what is in the write-ahead log into the database, as every server does, without waiting.
 * @returns pages that had to stay: another process still reads what was before them, or moves them itself.
 */
export function pinnedPages(file: string): number {
  const found = tryOn(file, 0, (sqlite) => {
    const rows: unknown = sqlite.pragma('wal_checkpoint(PASSIVE)');
    const [row]: unknown[] = Array.isArray(rows) ? rows : [];
    if (typeof row !== 'object' || row === null || !('log' in row && 'checkpointed' in row)) return 0;
    return Number(row.log) - Number(row.checkpointed);
  });
  return Math.max(0, found ?? 0);
}
