import type { Clock } from '../clock.ts';
import type { Trouble } from './messages.ts';

/** How long a thing that the API did not have is not asked for again. */
const rememberMs = 60_000;
/** Names that nobody has are cheap to make up: past this many, all are forgotten. */
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
