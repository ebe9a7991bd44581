import type { Log } from '../log.ts';

/** What is said of the mirror's file: to the log at once, and to those who read the mirror with the next state of it. */
export interface Tidings {
  /** Says what ails the file; what is tried again and again is warned of once. */
  warn(what: string): void;
  /** Says what became of it. */
  happen(what: string): void;
  /** It is well again: the same trouble would be a new one. */
  recover(what: string): void;
  /** What became of the file, and was not told yet. */
  take(): string | undefined;
}

/** `isHeard`: there is somebody to tell; else trouble is an error, and warned of by nobody. */
export function createTidings(log: Log, isHeard: boolean): Tidings {
  let happened: string[] = [];
  let lastWarning = '';
  return {
    warn: (what) => {
      if (isHeard && what !== lastWarning) log.warn(what);
      lastWarning = what;
    },
    happen: (what) => {
      log.warn(what);
      happened.push(what);
    },
    recover: (what) => {
      lastWarning = '';
      log.info(what);
    },
    take: () => {
      const what = happened.length === 0 ? undefined : happened.join(' ');
      happened = [];
      return what;
    },
  };
}
