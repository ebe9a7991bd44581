/**
 * What the API's answers tell of its clock: the seconds by which it is ahead of ours, or why that is not known.
 * `untold`: answers come without a Date header; `unsteady`: they disagree.
 */
export type ClockSkew = { seconds: number } | { unknown: 'untold' | 'unsteady' };

/** One answer: when it was asked for and when it came, by our clock, and the server's time in it. In Unix seconds. */
export interface Reading {
  sentAt: number;
  receivedAt: number;
  /** Cut to whole seconds, as a Date header is; undefined: it had none. */
  told: number | undefined;
}

export interface ServerClock {
  read(reading: Reading): void;
  /** Undefined: too few answers have come to tell. */
  skew(): ClockSkew | undefined;
}

/** A skew counts once so many answers in a row agree: a cache, or one machine of several, may tell another time. */
const agreeing = 3;
/** So many answers without that, and it is said. */
const patience = 8;
/** Clocks are set, and run, less exactly than answers tell. */
const slackSeconds = 1;
/** Less is no skew: it is what a second that is cut off, or a slow answer, may look like. */
const leastSeconds = 2;
/** An answer that took longer tells too little. */
const longestSeconds = 10;

/** Reads a server's clock off its answers. A later agreement takes the place of an earlier one. */
export function createServerClock(): ServerClock {
  /** What each of the latest answers leaves possible, in seconds. */
  let ranges: { low: number; high: number }[] = [];
  let known: number | undefined;
  let untold = 0;
  let unsteady = 0;

  function read({ sentAt, receivedAt, told }: Reading): void {
    if (told === undefined) {
      untold += 1;
      return;
    }
    if (receivedAt - sentAt > longestSeconds) return;
    ranges = [...ranges.slice(1 - agreeing), { low: told - receivedAt, high: told + 1 - sentAt }];
    if (ranges.length < agreeing) return;
    const low = Math.max(...ranges.map((range) => range.low));
    const high = Math.min(...ranges.map((range) => range.high));
    if (low > high + slackSeconds) {
      unsteady += 1;
      return;
    }
    const middle = (low + high) / 2;
    known = Math.abs(middle) < leastSeconds ? 0 : Math.round(middle * 10) / 10;
  }

  return {
    read,
    skew: () => {
      if (known !== undefined) return { seconds: known };
      if (unsteady >= patience - agreeing) return { unknown: 'unsteady' };
      return untold >= agreeing ? { unknown: 'untold' } : undefined;
    },
  };
}
