import type { Mirror } from '../db/open.ts';

/** The requests that all processes on this file sent lately. Times are on the host's monotonic clock, in milliseconds. */
export interface RequestLog {
  /** The `place`-th latest time there is (1: the latest). */
  latest(place: number): number | undefined;
  /** Adds a request that leaves now. @returns its number. */
  add(now: number): number;
  /** It has ended: it may have reached the API as late as now. */
  end(id: number, now: number): void;
  /** All times there are, oldest first. */
  times(): number[];
  /** Adds requests that another file of the same processes knows of; one that was added before is not added again. */
  takeOver(times: readonly number[]): void;
  /** Forgets what is older than `since`, and what is later than `now`: that was before the host restarted. */
  prune(since: number, now: number): void;
}

export function createRequestLog({ sqlite }: Mirror): RequestLog {
  const latest = sqlite.prepare<[number], number>('select at from requests order by at desc limit 1 offset ?').pluck();
  const add = sqlite.prepare<[number]>('insert into requests (at) values (?)');
  const end = sqlite.prepare<[number, number]>('update requests set at = ? where id = ?');
  const times = sqlite.prepare<[], number>('select at from requests order by at').pluck();
  const pruneOld = sqlite.prepare<[number]>('delete from requests where at < ?');
  const pruneLater = sqlite.prepare<[number]>('delete from requests where at > ?');
  return {
    latest: (place) => latest.get(place - 1),
    add: (now) => Number(add.run(now).lastInsertRowid),
    end: (id, now) => {
      end.run(now, id);
    },
    times: () => times.all(),
    takeOver: (sent) => {
      const known = new Map<number, number>();
      for (const at of times.all()) known.set(at, (known.get(at) ?? 0) + 1);
      for (const at of sent) {
        const same = known.get(at) ?? 0;
        if (same === 0) add.run(at);
        else known.set(at, same - 1);
      }
    },
    prune: (since, now) => {
      pruneOld.run(since);
      pruneLater.run(now);
    },
  };
}
