/** What decides where a row is counted: in SQL, for rows that are there, and outside of it, for those that come. */

/** After it nothing has an hour of its own. */
const endOfTime = 253_402_300_800;

/** The hour since 1970 of a moment in SQL; whatever a server sends has one. */
export const hourOf = (time: string) =>
  `case when ${time} < 0 then -1 else cast(min(${time}, ${endOfTime}.0) / 3600 as integer) end`;

/** The same outside of SQL. */
export const hourAt = (time: number) => (time < 0 ? -1 : Math.floor(Math.min(time, endOfTime) / 3600));

/** The day of an hour. */
export const dayOf = (hour: number) => Math.floor(hour / 24);

/** The day of the latest hour there is: it holds all that comes after it. */
export const lastDay = endOfTime / 86_400;

export const timeOf = (row: string) => `coalesce(${row}.started_at, ${row}.completed_at)`;
export const isListed = (row: string) => `${row}.gone_at is null and ${row}.pass is not null`;

/** A listed run: what it is counted by. */
export interface Counted {
  agent: number;
  version: number;
  /** null: not known. */
  hour: number | null;
}

/** Where a run counts, and as what: the numbers of failure types, and those of `countedAs`. */
export interface Counting {
  agent: number;
  hour: number;
  kinds: ReadonlySet<number>;
}

/** What a run is counted by; null: it is not listed. */
export function countedOf(run: {
  agent: number;
  version: number | null;
  startedAt: number | null;
  completedAt: number | null;
  goneAt: number | null;
  pass: number | null;
}): Counted | null {
  if (run.pass === null || run.goneAt !== null) return null;
  const time = run.startedAt ?? run.completedAt;
  return { agent: run.agent, version: run.version ?? 0, hour: time === null ? null : hourAt(time) };
}
