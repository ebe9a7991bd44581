import type { Log } from '../log.ts';

/** What happens to the mirror's file: goes to the log at once, and to readers with the next state of the file. */
export interface FileEvents {
  /** Logs what is wrong with the file; a fault that every try meets again is logged once. */
  warn(fault: string): void;
  /** Logs that the file was moved or replaced, and keeps it for `take`. */
  add(event: string): void;
  /** Logs that the fault is over: the next one is news, even if it is the same. */
  recover(message: string): void;
  /** The events since the last call. */
  take(): string | undefined;
}

/** `isHeard`: there is an `onHome`; without it a fault is thrown, and whoever catches it logs it. */
export function createFileEvents(log: Log, isHeard: boolean): FileEvents {
  let events: string[] = [];
  let lastWarning = '';
  return {
    warn: (fault) => {
      if (isHeard && fault !== lastWarning) log.warn(fault);
      lastWarning = fault;
    },
    add: (event) => {
      log.warn(event);
      events.push(event);
    },
    recover: (message) => {
      lastWarning = '';
      log.info(message);
    },
    take: () => {
      const taken = events.join(' ') || undefined;
      events = [];
      return taken;
    },
  };
}
