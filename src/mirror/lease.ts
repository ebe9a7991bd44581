import { eq } from 'drizzle-orm';
import type { Mirror } from './open.ts';
import { lease } from './schema.ts';

export interface Holder {
  /** Unlike any other process's. */
  holder: string;
  pid: number;
  host: string;
}

/** One poller a mirror file: whoever has the lease polls, the others read. */
export interface LeaseStore {
  /** Takes or renews the lease for `seconds` from `now` (Unix seconds). @returns whether `who` has it. */
  take(who: Holder, now: number, seconds: number): boolean;
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
    release: (who) => {
      write(() => db.delete(lease).where(eq(lease.holder, who.holder)).run());
    },
  };
}
