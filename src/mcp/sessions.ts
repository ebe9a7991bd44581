import type { Clock } from '../clock.ts';

export interface SessionsOptions {
  clock: Pick<Clock, 'monotonic'>;
  /** How many there may be. */
  max: number;
  /** How long one may stay unused, in milliseconds. */
  idleMs: number;
}

interface Entry<Session> {
  session: Session;
  /** How many requests wait for their answers, and how many streams are open. */
  requests: number;
  streams: number;
  hasAsked: boolean;
  /** When the session last began or ended something, in the clock's monotonic milliseconds. */
  usedAt: number;
}

export type Sessions<Session> = ReturnType<typeof createSessions<Session>>;

/** The sessions under way, by id, and which of them nobody uses any more. It decides; ending one is up to the caller. */
export function createSessions<Session>({ clock, max, idleMs }: SessionsOptions) {
  const entries = new Map<string, Entry<Session>>();
  return {
    isFull: () => entries.size >= max,
    add: (id: string, session: Session) => {
      entries.set(id, { session, requests: 0, streams: 0, hasAsked: false, usedAt: clock.monotonic() });
    },
    get: (id: string) => entries.get(id)?.session,
    /** @returns whether it was there. */
    remove: (id: string) => entries.delete(id),
    /** Notes that requests or streams of the session are open. @returns what to call, once, when they have ended. */
    use: (id: string, what: 'requests' | 'streams', number = 1): (() => void) => {
      const entry = entries.get(id);
      if (!entry) return () => {};
      const count = (by: number) => {
        entry[what] += by;
        entry.usedAt = clock.monotonic();
      };
      if (what === 'requests') entry.hasAsked = true;
      count(number);
      return () => count(-number);
    },
    requestsOf: (id: string) => entries.get(id)?.requests ?? 0,
    all: () => [...entries.values()].map(({ session }) => session),
    /** The one that has asked nothing for longest, though it may listen to a stream; undefined: all wait for answers. */
    idlest: () =>
      [...entries.values()]
        .filter(({ requests }) => requests === 0)
        .sort((a, b) => Number(a.hasAsked) - Number(b.hasAsked) || a.usedAt - b.usedAt)[0]?.session,
    /** Those without a request or an open stream for longer than `idleMs`. */
    idle: () =>
      [...entries.values()]
        .filter(({ requests, streams, usedAt }) => requests + streams === 0 && clock.monotonic() - usedAt > idleMs)
        .map(({ session }) => session),
  };
}
