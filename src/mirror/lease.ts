import { eq } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { lease } from '../db/process-tables.ts';
import { LostLeaseError } from '../errors.ts';

export interface Holder {
  /** Unlike any other process's. */
  holder: string;
  pid: number;
  host: string;
}

/** One poller a mirror file: the process with the lease polls, the others read. */
export interface LeaseStore {
  /** Takes or renews the lease for `seconds` from `now` (Unix seconds). @returns whether `who` has it. */
  take(who: Holder, now: number, seconds: number): boolean;
  /**
   * To be called in the transaction of a write that only the poller may make. A lease that has run out and that nobody
   * took is still `who`'s: what counts is that no other poller writes.
   * @throws LostLeaseError unless `who` has it.
   */
  demand(who: Holder): void;
  /** Gives it up, if `who` has it. */
  release(who: Holder): void;
}

export function createLeaseStore({ db, write }: Mirror): LeaseStore {
  return {
    take: (who, now, seconds) =>
      write(() => {
        const current = db.select().from(lease).get();
        const isMine = current?.holder === who.holder;
        // A lease that ends later than any can end was taken under another clock.
        const isAlive = current !== undefined && current.expiresAt > now && current.expiresAt <= now + seconds;
        if (isAlive && !isMine) return false;
        const taken = { ...who, takenAt: isMine ? current.takenAt : now, expiresAt: now + seconds };
        db.insert(lease)
          .values({ id: 1, ...taken })
          .onConflictDoUpdate({ target: lease.id, set: taken })
          .run();
        return true;
      }),
    demand: (who) => {
      const current = db.select({ holder: lease.holder }).from(lease).get();
      if (current?.holder !== who.holder) throw new LostLeaseError('another process polls for this mirror now');
    },
    release: (who) => {
      write(() => db.delete(lease).where(eq(lease.holder, who.holder)).run());
    },
  };
}
