import type { Clock } from '../clock.ts';
import type { Trouble } from './messages.ts';

/** How long we do not ask again for a thing that the API did not have. */
const rememberMs = 60_000;
/** A client can easily make up names that do not exist: past this many, we forget all of them. */
const maxMisses = 10_000;

/** Remembers for a minute what the API did not have. */
export function createMisses({ monotonic }: Pick<Clock, 'monotonic'>) {
  const misses = new Map<string, { until: number; trouble: Trouble }>();
  return {
    add: (key: string, trouble: Trouble) => {
      if (misses.size >= maxMisses) misses.clear();
      misses.set(key, { until: monotonic() + rememberMs, trouble });
    },
    find: (key: string): Trouble | undefined => {
      const miss = misses.get(key);
      return miss && monotonic() < miss.until ? miss.trouble : undefined;
    },
  };
}
