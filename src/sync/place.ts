import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { explainFault } from '../db/faults.ts';
import { type Mirror, type OpenedMirror, openMirror } from '../db/open.ts';
import { type Owner, ownershipOf } from '../db/owner.ts';
import { createSentry, type Sentry } from '../db/sentry.ts';
import { makeTemporaryPlace, type TemporaryPlace } from '../db/temporary.ts';
import { MirrorError, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { createStore, type Store } from '../mirror/store.ts';
import type { FileEvents } from './file-events.ts';
import type { HomeState } from './messages.ts';

export interface HomeDeps {
  clock: Clock;
  log: Log;
  /**
   * Called with where the mirror is and what is wrong with it, whenever that changes. With it, a temporary file
   * replaces an unusable one, and a refused file is tried again; without it, both are errors.
   */
  onHome?: ((state: HomeState, isReopened: boolean) => void) | undefined;
}

/** A mirror that is open for writing. */
export interface Place {
  mirror: Mirror;
  store: Store;
  sentry: Sentry;
  /** The API has accepted our key. */
  isOurs: boolean;
  /** Why the file is not writable at the moment. */
  fault?: string | undefined;
  /** `reason`: why the temporary file is in use. */
  temporary?: (TemporaryPlace & { reason: string }) | undefined;
}

/** The mirror's file, whether this process has it open or not. */
export interface HomeFile extends HomeDeps {
  config: Config;
  events: FileEvents;
  /** None while the file is refused, and once it is closed. */
  place: Place | undefined;
  /** Why there is no place. */
  refusal: MirrorError | undefined;
  /** When the mirror's own file was last tried, on the monotonic clock. */
  triedAt: number;
}

/** Whether the API has accepted another key for this file, from another process. */
export function isTaken(place: Place, owner: Owner): boolean {
  if (place.isOurs) return false;
  try {
    const ownership = ownershipOf(place.mirror.db, owner);
    place.isOurs = ownership === 'ours';
    return ownership === 'others';
  } catch {
    // Any later read of an unreadable file fails too, and that error gives the reason.
    return false;
  }
}

/** Reports where the mirror is now. */
export function notify({ config, place, refusal, events, onHome }: HomeFile, isReopened: boolean): void {
  const reason = place?.temporary?.reason;
  const state = {
    file: place?.mirror.file ?? config.dbFile,
    isTemporary: reason !== undefined,
    trouble: [reason, place?.fault].filter((one) => one !== undefined).join(' ') || undefined,
    happened: events.take(),
    refusal: refusal?.message,
  };
  onHome?.(state, isReopened);
}

export function settle(home: HomeFile, { mirror, warning }: OpenedMirror, temporary?: Place['temporary']): void {
  home.place = { mirror, store: createStore(mirror), sentry: createSentry(mirror), isOurs: false, temporary };
  if (warning) home.events.add(warning);
}

/** Opens the mirror's own file, or a temporary one instead. @throws faults that a temporary file does not fix. */
export function open(home: HomeFile): void {
  const { config, clock, events, onHome } = home;
  home.triedAt = clock.monotonic();
  home.place = undefined;
  home.refusal = undefined;
  try {
    settle(home, openMirror(config.dbFile, config, clock));
  } catch (error) {
    if (!onHome || !(error instanceof MirrorError) || error.kind === 'addon') throw error;
    if (error.kind === 'unusable') moveToTemporary(home, error);
    else home.refusal = error;
    events.warn(home.refusal?.message ?? error.message);
  }
}

/** Moves to a temporary file because of `cause`. */
function moveToTemporary(home: HomeFile, cause: MirrorError): void {
  const reason = `${cause.message} Until then a temporary mirror replaces it, which started empty and is deleted when this server ends.`;
  let temporary: TemporaryPlace | undefined;
  try {
    temporary = makeTemporaryPlace();
    settle(home, openMirror(temporary.file, home.config, home.clock), { ...temporary, reason });
  } catch (error) {
    temporary?.remove();
    const message = `${cause.message} A temporary one can't be made either: ${messageOf(error)}`;
    home.refusal = new MirrorError('unusable', message);
  }
}

/** Closes the file. */
export function leave(home: HomeFile): void {
  if (!home.place) return;
  home.place.store.close();
  home.place.temporary?.remove();
  home.place = undefined;
}

export function reopen(home: HomeFile): void {
  leave(home);
  try {
    open(home);
  } finally {
    notify(home, true);
  }
}

/** Leaves the open file, which has become unusable, for a temporary one. */
export function abandon(home: HomeFile, error: unknown): void {
  const cause = explainFault(error, home.config.dbFile);
  home.triedAt = home.clock.monotonic();
  leave(home);
  if (!home.onHome) throw cause;
  moveToTemporary(home, cause);
  home.events.warn(home.refusal?.message ?? cause.message);
  notify(home, true);
}
