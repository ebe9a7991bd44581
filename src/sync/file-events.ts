import type { Log } from '../log.ts';

export type FileEvents = ReturnType<typeof createFileEvents>;

/**
 * Reports what happens to the mirror's file: to the log at once, and to readers with the next state of the file.
 * `isHeard`: there is an `onHome`; without it a fault is thrown, and whoever catches it logs it.
 */
export function createFileEvents(log: Log, isHeard: boolean) {
  let events: string[] = [];
  let lastWarning = '';
  return {
    /** Logs what is wrong with the file; a fault that every try meets again is logged once. */
    warn: (fault: string) => {
      if (isHeard && fault !== lastWarning) log.warn(fault);
      lastWarning = fault;
    },
    /** Logs that the file was moved or replaced, and keeps it for `take`. */
    add: (event: string) => {
      log.warn(event);
      events.push(event);
    },
    /** Logs that the fault is over: the next one is news, even if it is the same. */
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
