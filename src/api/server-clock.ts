/**
 * What the API's answers show of its clock: the seconds by which it is ahead of ours, or why we do not know.
 * `undated`: answers come without a Date header; `unsteady`: they disagree.
 */
export type ClockSkew = { seconds: number } | { unknown: 'undated' | 'unsteady' };

/**
 * One answer: when we sent the request and when the answer came, by our clock, and the server's time in it. In Unix
 * seconds.
 */
export interface Reading {
  sentAt: number;
  receivedAt: number;
  /** Cut to whole seconds, as a Date header is; undefined: the answer had none. */
  serverTime: number | undefined;
}

export interface ServerClock {
  read(reading: Reading): void;
  /** Undefined: too few answers have come to know. */
  skew(): ClockSkew | undefined;
}

/**
 * A skew counts once this many consecutive answers agree: a cache, or one machine of several, may send another time.
 */
const agreeing = 3;
/** After this many answers without agreement, we report that. */
const patience = 8;
/** Clocks are set, and run, less exactly than the answers show. */
const slackSeconds = 1;
/** A smaller difference is no skew: the cut to whole seconds, or a slow answer, may look the same. */
const leastSeconds = 2;
/** An answer that took longer than this says too little. */
const longestSeconds = 10;

/** Reads a server's clock from its answers. A later agreement replaces an earlier one. */
export function createServerClock(): ServerClock {
  /** The range of skews that each of the latest answers allows, in seconds. */
  let ranges: { low: number; high: number }[] = [];
  let known: number | undefined;
  let undated = 0;
  let unsteady = 0;

  function read({ sentAt, receivedAt, serverTime }: Reading): void {
    if (serverTime === undefined) {
      undated += 1;
      return;
    }
    if (receivedAt - sentAt > longestSeconds) return;
    ranges = [...ranges.slice(1 - agreeing), { low: serverTime - receivedAt, high: serverTime + 1 - sentAt }];
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
      return undated >= agreeing ? { unknown: 'undated' } : undefined;
    },
  };
}
