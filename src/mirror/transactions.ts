import type Database from 'better-sqlite3';
import { keepRollups } from './rollups.ts';

/** Runs work in IMMEDIATE transactions, which keep the counts with the rows. One inside another is a part of it. */
export function transactions(sqlite: Database.Database): <Result>(work: () => Result) => Result {
  const rollups = keepRollups(sqlite);
  return (work) => {
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
  };
}
