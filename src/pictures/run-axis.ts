import type { RunEvent } from './run-events.ts';

/** Where events are on a horizontal axis: shares of its width, from 0 to 1. */
export interface RunAxis {
  /** The share of the event with this number; undefined: it is not shown. */
  shareOf(index: number): number | undefined;
  /** Seconds since the first event at a share; undefined where times are not known. */
  secondsAt(share: number): number | undefined;
}

/** The events' times, none before the one ahead of it; undefined: they are not known, or all the same. */
function risingTimes(events: readonly RunEvent[]): number[] | undefined {
  const times: number[] = [];
  for (const { at } of events) {
    if (at === null) return undefined;
    times.push(Math.max(at, times.at(-1) ?? at));
  }
  return (times.at(-1) ?? 0) > (times[0] ?? 0) ? times : undefined;
}

/**
 * An axis that gives half of its width to the events' order and half to their times: quick steps stay apart, and slow
 * ones are long.
 */
export function timeAxis(events: readonly RunEvent[]): RunAxis {
  const times = risingTimes(events);
  const start = times?.[0] ?? 0;
  const lasted = (times?.at(-1) ?? 0) - start;
  const shares = events.map((_, at) => {
    const order = events.length === 1 ? 0.5 : at / (events.length - 1);
    return times ? (order + ((times[at] ?? 0) - start) / lasted) / 2 : order;
  });
  const places = new Map(events.map(({ index }, at) => [index, at]));
  return {
    shareOf: (index) => shares[places.get(index) ?? -1],
    secondsAt: (share) => {
      if (!times) return undefined;
      const right = Math.max(
        1,
        shares.findIndex((each) => each >= share),
      );
      const [from = 0, to = 1] = shares.slice(right - 1, right + 1);
      const [before = 0, after = 0] = times.slice(right - 1, right + 1);
      return before - start + (after - before) * ((share - from) / (to - from));
    },
  };
}

/** An axis with equal room for each of the events from number `from` on, before number `end`. */
export function orderAxis(from: number, end: number): RunAxis {
  const room = Math.max(1, end - from);
  return {
    shareOf: (index) => (index >= from && index < end ? (index - from + 0.5) / room : undefined),
    secondsAt: () => undefined,
  };
}
