import type { Mirror } from '../db/open.ts';
import { type Owner, ownershipOf } from '../db/owner.ts';
import { createSentry, type Sentry } from '../db/sentry.ts';
import type { TemporaryPlace } from '../db/temporary.ts';
import { createStore, type Store } from '../mirror/store.ts';

/** A mirror that is open for writing. */
export interface Place {
  mirror: Mirror;
  store: Store;
  sentry: Sentry;
  /** The API was seen to have accepted our key. */
  isOurs: boolean;
  /** With why it is in use. */
  temporary?: (TemporaryPlace & { reason: string }) | undefined;
}

export function placeOf(mirror: Mirror, temporary: Place['temporary']): Place {
  return { mirror, store: createStore(mirror), sentry: createSentry(mirror), isOurs: false, temporary };
}

/** Whether another process has had another key accepted for it. */
export function isTaken(place: Place, owner: Owner): boolean {
  if (place.isOurs) return false;
  try {
    const ownership = ownershipOf(place.mirror.db, owner);
    place.isOurs = ownership === 'ours';
    return ownership === 'others';
  } catch {
    // What can't be read is told by what is to be done with it.
    return false;
  }
}
