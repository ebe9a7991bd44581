import type { Clock } from '../clock.ts';

export interface SessionsOptions {
  clock: Pick<Clock, 'monotonic'>;
  /** How many sessions there may be. */
  max: number;
  /** How long a session may stay unused, in milliseconds. */
  idleMs: number;
}

interface Entry<Session> {
  session: Session;
  /** How many requests wait for their answers, and how many streams are open. */
  requests: number;
  streams: number;
  hasAsked: boolean;
  /** When the session last started or ended a request or stream, in the clock's monotonic milliseconds. */
  usedAt: number;
}

export type Sessions<Session> = ReturnType<typeof createSessions<Session>>;

/** The open sessions by id, and which of them are idle. It only decides; the caller ends a session. */
export function createSessions<Session>({ clock, max, idleMs }: SessionsOptions) {
  const entries = new Map<string, Entry<Session>>();
  return {
    isFull: () => entries.size >= max,
    add: (id: string, session: Session) => {
      entries.set(id, { session, requests: 0, streams: 0, hasAsked: false, usedAt: clock.monotonic() });
    },
    get: (id: string) => entries.get(id)?.session,
    /** @returns whether the session existed. */
    remove: (id: string) => entries.delete(id),
    /** Notes that the session opens requests or streams. @returns a function to call, once, when they have ended. */
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
    /** The session that has been idle for longest, even if it listens to a stream; undefined: all wait for answers. */
    idlest: () =>
      [...entries.values()]
        .filter(({ requests }) => requests === 0)
        .sort((a, b) => Number(a.hasAsked) - Number(b.hasAsked) || a.usedAt - b.usedAt)[0]?.session,
    /** The sessions that have had no request or open stream for longer than `idleMs`. */
    idle: () =>
      [...entries.values()]
        .filter(({ requests, streams, usedAt }) => requests + streams === 0 && clock.monotonic() - usedAt > idleMs)
        .map(({ session }) => session),
  };
}
