import type { Clock } from '../clock.ts';
import { setAsideMs } from './details-plan.ts';

/** Past this many, all are tried again. */
const most = 10_000;

/** Remembers what could not be fetched, for a time that grows each time. */
export function createSetAside({ monotonic }: Pick<Clock, 'monotonic'>) {
  const failed = new Map<string, { failures: number; until: number }>();
  return {
    add: (key: string) => {
      if (failed.size >= most) failed.clear();
      const failures = (failed.get(key)?.failures ?? 0) + 1;
      failed.set(key, { failures, until: monotonic() + setAsideMs(failures) });
    },
    has: (key: string): boolean => monotonic() < (failed.get(key)?.until ?? 0),
    count: () => failed.size,
  };
}
