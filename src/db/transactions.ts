import type Database from 'better-sqlite3';
import { isLock } from './faults.ts';

export interface Transactions {
  /** Runs `work` in one IMMEDIATE transaction: all of it is committed, or nothing. One inside another is a part of it. */
  write<Result>(work: () => Result): Result;
  /** Whether another process keeps the file locked at this moment. Once it does not, the next write has all its patience again. */
  isLocked(): boolean;
}

/** How long a write waits for another process's, in milliseconds. */
export const lockWaitMs = 5000;
/** The same once that was in vain, until a write succeeds: what consists of many writes waits once. */
const knownLockMs = 250;

export function transactions(sqlite: Database.Database): Transactions {
  const setWait = (ms: number) => sqlite.pragma(`busy_timeout = ${ms}`);
  let isWaitSpent = false;
  setWait(lockWaitMs);

  function isLocked(): boolean {
    if (sqlite.inTransaction) return false;
    setWait(0);
    try {
      sqlite.exec('BEGIN IMMEDIATE; ROLLBACK');
      isWaitSpent = false;
      return false;
    } catch (error) {
      // The next write meets other faults of the file, and handles them.
      return isLock(error);
    } finally {
      setWait(isWaitSpent ? knownLockMs : lockWaitMs);
    }
  }

  return {
    isLocked,
    write: (work) => {
      if (sqlite.inTransaction) return work();
      try {
        const result = sqlite.transaction(work).immediate();
        if (isWaitSpent) setWait(lockWaitMs);
        isWaitSpent = false;
        return result;
      } catch (error) {
        if (!isWaitSpent && isLock(error)) {
          setWait(knownLockMs);
          isWaitSpent = true;
        }
        throw error;
      }
    },
  };
}
