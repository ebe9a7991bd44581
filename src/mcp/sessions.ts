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
  /** How many requests and streams are open. */
  open: number;
  /** When the last one ended, in the clock's monotonic milliseconds. */
  usedAt: number;
}

/** The sessions under way, by id, and which of them nobody uses any more. It decides; ending one is up to the caller. */
export function createSessions<Session>({ clock, max, idleMs }: SessionsOptions) {
  const entries = new Map<string, Entry<Session>>();
  return {
    isFull: () => entries.size >= max,
    add: (id: string, session: Session) => {
      entries.set(id, { session, open: 0, usedAt: clock.monotonic() });
    },
    get: (id: string) => entries.get(id)?.session,
    /** @returns whether it was there. */
    remove: (id: string) => entries.delete(id),
    /** Notes that a request or stream of the session is open. @returns what to call, once, when it has ended. */
    use: (id: string): (() => void) => {
      const entry = entries.get(id);
      if (!entry) return () => {};
      entry.open += 1;
      return () => {
        entry.open -= 1;
        entry.usedAt = clock.monotonic();
      };
    },
    all: () => [...entries.values()].map(({ session }) => session),
    /** The one that has been without a request or an open stream for longest; undefined: all are in use. */
    idlest: () =>
      [...entries.values()].filter(({ open }) => open === 0).sort((a, b) => a.usedAt - b.usedAt)[0]?.session,
    /** Those without a request or an open stream for longer than `idleMs`. */
    idle: () =>
      [...entries.values()]
        .filter(({ open, usedAt }) => open === 0 && clock.monotonic() - usedAt > idleMs)
        .map(({ session }) => session),
  };
}
