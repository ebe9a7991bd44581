import type Database from 'better-sqlite3';
import { type Arrivals, keepRollups } from './rollups.ts';

export interface Transactions {
  /** Runs `work` in one IMMEDIATE transaction, which keeps the counts with the rows. One inside another is a part of it. */
  write<Result>(work: () => Result): Result;
  /** To be told of every run and signal that is inserted. */
  readonly arrivals: Arrivals;
}

export function transactions(sqlite: Database.Database): Transactions {
  const rollups = keepRollups(sqlite);
  return {
    arrivals: rollups,
    write: (work) => {
      if (sqlite.inTransaction) return work();
      const counted = sqlite.transaction(() => {
        const result = work();
        rollups.apply();
        return result;
      });
      try {
        return counted.immediate();
      } catch (error) {
        rollups.forget();
        throw error;
      }
    },
  };
}
