import type { ClockSkew } from '../api/server-clock.ts';
import type { Store } from '../mirror/store.ts';

/** Differences that come from how exactly a skew can be told are not worth a write. */
const worthSeconds = 2;

/** Seconds by which the server's clock is ahead of ours, as last known by any process on the file; 0: it is not known. */
export const skewIn = ({ apiState }: Pick<Store, 'apiState'>): number => apiState.read()?.clockSkew ?? 0;

/** Keeps in the mirror what answers told of the server's clock: it counts for all processes, and while the API is away. */
export function noteClock({ apiState }: Pick<Store, 'apiState'>, told: ClockSkew | undefined): void {
  if (told === undefined) return;
  const { clockSkew = null, clockUnknown = null } = apiState.read() ?? {};
  if ('unknown' in told) {
    if (clockUnknown !== told.unknown) apiState.save({ clockUnknown: told.unknown });
  } else if (clockSkew === null || Math.abs(clockSkew - told.seconds) > worthSeconds)
    apiState.save({ clockSkew: told.seconds, clockUnknown: null });
}
