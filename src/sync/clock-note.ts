import type { ClockSkew } from '../api/server-clock.ts';
import type { Store } from '../mirror/store.ts';

/** A smaller difference may be a measuring error, and is not worth a write. */
const worthSeconds = 2;

/** Seconds by which the server's clock is ahead of ours, as any process on the file last measured it; 0: unknown. */
export const skewIn = ({ apiState }: Pick<Store, 'apiState'>): number => apiState.read()?.clockSkew ?? 0;

/** Saves the server's clock skew in the mirror, so that all processes use it, even while the API is away. */
export function noteClock({ apiState }: Pick<Store, 'apiState'>, skew: ClockSkew | undefined): void {
  if (skew === undefined) return;
  const { clockSkew = null, clockUnknown = null } = apiState.read() ?? {};
  if ('unknown' in skew) {
    if (clockUnknown !== skew.unknown) apiState.save({ clockUnknown: skew.unknown });
  } else if (clockSkew === null || Math.abs(clockSkew - skew.seconds) > worthSeconds)
    apiState.save({ clockSkew: skew.seconds, clockUnknown: null });
}
