import type { Mirror } from './open.ts';

/** The requests that all processes on this file sent lately. Times are on the host's monotonic clock, in milliseconds. */
export interface RequestLog {
  /** When the `place`-th latest request left (1: the latest). */
  latest(place: number): number | undefined;
  /** Adds one that leaves now, and now and then forgets those that left before `since`. */
  add(now: number, since: number): void;
  /** Forgets what left later than now: it was before the host started anew. */
  forgetAfter(now: number): void;
}

/** Requests between two looks for old ones: a look reads every row that there is. */
const pruneEvery = 64;

/** Each of these runs in the caller's transaction; ids are without gaps, as rows go only from both ends. */
export function createRequestLog({ sqlite }: Mirror): RequestLog {
  const latest = sqlite
    .prepare<[number], number>('select at from requests where id = (select max(id) from requests) + 1 - ?')
    .pluck();
  const add = sqlite.prepare<[number]>('insert into requests (at) values (?)');
  const prune = sqlite.prepare<[number]>('delete from requests where at < ?');
  const forget = sqlite.prepare<[number]>('delete from requests where at > ?');
  return {
    latest: (place) => latest.get(place),
    add: (now, since) => {
      if (Number(add.run(now).lastInsertRowid) % pruneEvery === 0) prune.run(since);
    },
    forgetAfter: (now) => {
      forget.run(now);
    },
  };
}
