import type { Log } from '../log.ts';

export type FileEvents = ReturnType<typeof createFileEvents>;

/**
 * Reports what happens to the mirror's file: to the log at once, and to readers with the next state of the file.
 * `isHeard`: there is an `onHome`; without it, the syncer throws a fault, and its caller logs it.
 */
export function createFileEvents(log: Log, isHeard: boolean) {
  let events: string[] = [];
  let lastWarning = '';
  return {
    /** Logs what is wrong with the file; a fault that repeats on every try is logged once. */
    warn: (fault: string) => {
      if (isHeard && fault !== lastWarning) log.warn(fault);
      lastWarning = fault;
    },
    /** Logs that the file was moved or replaced, and keeps the event for `take`. */
    add: (event: string) => {
      log.warn(event);
      events.push(event);
    },
    /** Logs that the fault is over: it reports the next fault even if it is the same. */
    recover: (message: string) => {
      lastWarning = '';
      log.info(message);
    },
    /** The events since the last call. */
    take: (): string | undefined => {
      const taken = events.join(' ') || undefined;
      events = [];
      return taken;
    },
  };
}
