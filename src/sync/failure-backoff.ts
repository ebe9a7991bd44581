import type { Clock } from '../clock.ts';
import { backoffMs } from './details-plan.ts';

/** Past this many keys, we try all of them again. */
const maxKeys = 10_000;

/** Remembers failed fetches, for a time that grows with each failure. */
export function createBackoff({ monotonic }: Pick<Clock, 'monotonic'>) {
  const failed = new Map<string, { failures: number; until: number }>();
  return {
    add: (key: string) => {
      if (failed.size >= maxKeys) failed.clear();
      const failures = (failed.get(key)?.failures ?? 0) + 1;
      failed.set(key, { failures, until: monotonic() + backoffMs(failures) });
    },
    failedRecently: (key: string): boolean => monotonic() < (failed.get(key)?.until ?? 0),
    count: () => failed.size,
  };
}
