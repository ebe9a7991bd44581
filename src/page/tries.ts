import type { Clock } from '../clock.ts';

/** So many wrong tokens may come in so many milliseconds. */
const maxWrong = 10;
const spanMs = 60_000;

/** Limits how often a token can be guessed: all browsers together, as an attacker may have many addresses. */
export interface Tries {
  /** Seconds until the next try may come; 0: it may come now. */
  waitSeconds(): number;
  /** Notes that a try was wrong. */
  wrong(): void;
}

export function createTries({ monotonic }: Pick<Clock, 'monotonic'>): Tries {
  let times: readonly number[] = [];
  return {
    waitSeconds: () => {
      times = times.filter((at) => at > monotonic() - spanMs);
      const [first] = times;
      return first === undefined || times.length < maxWrong ? 0 : Math.ceil((first + spanMs - monotonic()) / 1000);
    },
    wrong: () => {
      times = [...times, monotonic()];
    },
  };
}
