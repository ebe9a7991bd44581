import type Database from 'better-sqlite3';
import { type Arrivals, keepRollups } from '../mirror/rollups.ts';
import { isLock } from './faults.ts';

export interface Transactions {
  /** Runs `work` in one IMMEDIATE transaction, which keeps the counts with the rows. One inside another is a part of it. */
  write<Result>(work: () => Result): Result;
  /** Whether another process keeps the file locked at this moment. Once it does not, the next write has all its patience again. */
  isLocked(): boolean;
  /** To be told of every run and signal that is inserted. */
  readonly arrivals: Arrivals;
}

/** How long a write waits for another process's, in milliseconds. */
export const lockWaitMs = 5000;
/** The same once that was in vain, until a write succeeds: what consists of many writes waits once. */
const knownLockMs = 250;

/** How patient a connection is: it waits long for a lock, but once. */
function createPatience(sqlite: Database.Database) {
  const be = (ms: number) => sqlite.pragma(`busy_timeout = ${ms}`);
  let isSpent = false;
  be(lockWaitMs);

  function renew(): void {
    if (isSpent) be(lockWaitMs);
    isSpent = false;
  }

  function spend(error: unknown): void {
    if (isSpent || !isLock(error)) return;
    be(knownLockMs);
    isSpent = true;
  }

  function isLocked(): boolean {
    if (sqlite.inTransaction) return false;
    be(0);
    try {
      sqlite.exec('BEGIN IMMEDIATE; ROLLBACK');
      isSpent = false;
      return false;
    } catch (error) {
      // What else ails the file is met, and seen to, by who writes.
      return isLock(error);
    } finally {
      be(isSpent ? knownLockMs : lockWaitMs);
    }
  }

  return { renew, spend, isLocked };
}

export function transactions(sqlite: Database.Database): Transactions {
  const rollups = keepRollups(sqlite);
  const patience = createPatience(sqlite);
  return {
    arrivals: rollups,
    isLocked: patience.isLocked,
    write: (work) => {
      if (sqlite.inTransaction) return work();
      const counted = sqlite.transaction(() => {
        const result = work();
        rollups.apply();
        return result;
      });
      try {
        const result = counted.immediate();
        patience.renew();
        return result;
      } catch (error) {
        patience.spend(error);
        rollups.forget();
        throw error;
      }
    },
  };
}
