import type { Reader } from './open.ts';
import { prepared } from './prepared.ts';
import { apiState } from './process-tables.ts';

/** The time by the server's clock, by which it dates its rows; in Unix seconds. */
export interface ServerTime {
  now: number;
  /** What is to be added to a moment by our own clock. */
  skew: number;
  /** Why the server's clock is not known, so that it is taken for ours. */
  unknown: 'undated' | 'unsteady' | undefined;
}

const stored = prepared((db) =>
  db.select({ skew: apiState.clockSkew, unknown: apiState.clockUnknown }).from(apiState).prepare(),
);

/** When our clock shows `now`: by the skew that was last known, for as long as the API is away too. */
export function serverTime(reader: Reader, now: number): ServerTime {
  const { skew = null, unknown = null } = stored(reader).get() ?? {};
  return { now: now + (skew ?? 0), skew: skew ?? 0, unknown: skew === null ? (unknown ?? undefined) : undefined };
}

/** What to say where the server's clock is not known. */
export function clockSentence(unknown: 'undated' | 'unsteady'): string {
  const why = unknown === 'undated' ? 'have no Date header' : 'disagree about its time';
  return `The API's answers ${why}: windows and ages use this machine's clock.`;
}
