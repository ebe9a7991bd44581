/** UTC days, by their numbers since 1970. Times are Unix seconds. */

export const daySeconds = 86_400;

/**
 * Everything before 1970 is one day, and so is everything after the year 9999: any time that a server sends has a day.
 */
const firstDay = -1;
const lastDay = 253_402_300_800 / daySeconds;

export const dayOf = (time: number) => Math.max(firstDay, Math.min(Math.floor(time / daySeconds), lastDay));

/** The same in SQL, for an expression that is a time. */
export const dayOfSql = (time: string) =>
  `cast(max(${firstDay}, min(floor(${time} / ${daySeconds}), ${lastDay})) as integer)`;

/** The first moment of a day, and the first one after it. */
export const startOfDay = (day: number) => (day <= firstDay ? -Number.MAX_VALUE : day * daySeconds);
export const endOfDay = (day: number) => (day >= lastDay ? Number.MAX_VALUE : (day + 1) * daySeconds);

/** The `YYYY-MM-DD` of a day. */
export const dayName = (day: number) => new Date(day * daySeconds * 1000).toISOString().slice(0, 10);

/** The `count` days up to the one in which `end` lies, oldest first. */
export const lastDays = (end: number, count: number) =>
  Array.from({ length: count }, (_, index) => dayOf(end) - count + 1 + index);

/** An interval of time; both ends belong to it, unless `isEndOut`. */
export interface Window {
  from: number;
  end: number;
  isEndOut?: boolean | undefined;
}

/** A part of a window that is not a whole day: from `from` to `to`, both included, except for `except`. */
export interface Edge {
  from: number;
  to: number;
  except: number | null;
}

/** The whole days of a window, from `firstDay` until before `endDay`, and the rest of it at its ends. */
export interface WindowParts {
  firstDay: number;
  endDay: number;
  edges: Edge[];
}

export function partsOf({ from, end, isEndOut = false }: Window): WindowParts {
  const first = from <= startOfDay(firstDay) ? firstDay : Math.max(firstDay + 1, Math.ceil(from / daySeconds));
  const after = end >= endOfDay(lastDay) ? lastDay + 1 : Math.min(Math.floor(end / daySeconds), lastDay);
  const last: Edge = { from, to: end, except: isEndOut ? end : null };
  if (first >= after) return { firstDay: first, endDay: first, edges: from > end ? [] : [last] };
  const start = startOfDay(first);
  const edges: Edge[] = from < start && first > firstDay ? [{ from, to: start, except: start }] : [];
  if (after <= lastDay) edges.push({ ...last, from: startOfDay(after) });
  return { firstDay: first, endDay: after, edges };
}
