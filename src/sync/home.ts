import type { Config } from '../config.ts';
import { explainFault, faultOf } from '../db/faults.ts';
import { companionsOf, isInPlace, movedTo, removeCompanions } from '../db/file.ts';
import { type OpenedMirror, openMirror } from '../db/open.ts';
import { sweepTemporaryPlaces } from '../db/temporary.ts';
import { ApiError, LostLeaseError, MirrorError, StoppedError } from '../errors.ts';
import type { Store } from '../mirror/store.ts';
import { createFileEvents } from './file-events.ts';
import { checkpoint, moveAside, sentBy } from './left-file.ts';
import {
  abandon,
  type HomeDeps,
  type HomeFile,
  isTaken,
  leave,
  notify,
  open,
  type Place,
  reopen,
  settle,
} from './place.ts';

/** The mirror for writing, whatever happens to its file. */
export interface Home {
  /** The current mirror; another one once a new file has replaced its file. @throws MirrorError while there is none. */
  store(): Store;
  /**
   * Runs `work`, which writes; runs it once more if the mirror had to move meanwhile. @throws MirrorError for a fault
   * of the file.
   */
  run<Result>(work: (store: Store) => Promise<Result>): Promise<Result>;
  /** The same for work that takes only a moment. */
  runNow<Result>(work: (store: Store) => Result): Result;
  /**
   * Checks that the file is still the one we opened, and sound. `damaged`: the identity of a file that a reader found
   * damaged.
   */
  look(damaged?: string): void;
  close(): void;
}

/** The longest pause before we try an unusable file again. */
const maxRetryMs = 60_000;
/** One try on the file, and one on its replacement. */
const maxTries = 2;

/**
 * Opens the mirror for writing.
 * @throws MirrorError when it is unusable and there is no `onHome`, or when the addon does not load.
 */
export function openHome(config: Config, { clock, log, onHome }: HomeDeps): Home {
  const events = createFileEvents(log, onHome !== undefined);
  const home: HomeFile = { config, clock, log, onHome, events, place: undefined, refusal: undefined, triedAt: 0 };
  if (onHome) sweepTemporaryPlaces(config.dbFile);
  open(home);
  notify(home, true);
  return {
    store: () => storeOf(home),
    look: (damaged) => look(home, damaged),
    run: (work) => run(home, work),
    runNow: (work) => runNow(home, work),
    close: () => leave(home),
  };
}

function storeOf({ place, refusal, config }: HomeFile): Store {
  if (place) return place.store;
  throw refusal ?? new MirrorError('unusable', `The mirror file ${config.dbFile} is closed.`);
}

async function run<Result>(home: HomeFile, work: (store: Store) => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    look(home);
    const used = storeOf(home);
    try {
      const result = await work(used);
      endFault(home);
      return result;
    } catch (error) {
      if (!recover(home, error, used) || tries === maxTries) throw explained(home, error);
    }
  }
}

function runNow<Result>(home: HomeFile, work: (store: Store) => Result): Result {
  for (let tries = 1; ; tries += 1) {
    look(home);
    const used = storeOf(home);
    try {
      const result = work(used);
      endFault(home);
      return result;
    } catch (error) {
      if (!recover(home, error, used) || tries === maxTries) throw explained(home, error);
    }
  }
}

function explained({ place, config }: HomeFile, error: unknown): unknown {
  return faultOf(error) === undefined ? error : explainFault(error, place?.mirror.file ?? config.dbFile);
}

function look(home: HomeFile, damaged?: string): void {
  const { place, config } = home;
  const standing = place?.sentry.look();
  if (!place) retry(home);
  else if (standing === 'gone' && place.temporary) reopen(home);
  else if (standing === 'gone') followReplacement(home, place);
  else if (standing === 'cut off') {
    // Once another process has started a new log (-wal), nothing of ours may go into the file.
    if (companionsOf(place.sentry.marks) === 'missing') checkpoint(place.mirror);
    replaceDamaged(home, place, 'lost its -wal or -shm while it was in use');
  } else if (standing === 'damaged' || (damaged !== undefined && damaged === place.sentry.marks.database))
    replaceDamaged(home, place);
  // Opening the file again shows who may use it, and why we may not.
  else if (isTaken(place, config)) reopen(home);
  else if (place.temporary) retry(home);
}

/** Tries the mirror's own file again while there is a temporary file in its place, or none. */
function retry(home: HomeFile): void {
  const { config, clock, place, triedAt } = home;
  if (clock.monotonic() - triedAt < Math.min(maxRetryMs, config.pollMs)) return;
  if (!place) {
    reopen(home);
    return;
  }
  home.triedAt = clock.monotonic();
  let opened: OpenedMirror;
  try {
    opened = openMirror(config.dbFile, config, clock);
  } catch (error) {
    // The file is usable again, but not by us.
    if (error instanceof MirrorError && error.kind !== 'unusable') reopen(home);
    return;
  }
  leave(home);
  settle(home, opened);
  home.events.recover(`the mirror file ${config.dbFile} can be used again`);
  notify(home, true);
}

/** Leaves the file that we opened, because its path now has another file, or none. */
function followReplacement(home: HomeFile, left: Place): void {
  const { config, events } = home;
  const { marks } = left.sentry;
  const sent = sentBy(left.store);
  const moved = movedTo(marks);
  // A file that another process found damaged stays as it is.
  if (moved === undefined) checkpoint(left.mirror);
  leave(home);
  removeCompanions(marks);
  const what = moved === undefined ? 'deleted or replaced' : `found damaged and moved to ${moved}`;
  events.add(
    `The mirror file ${config.dbFile} was ${what} while it was in use. The file that is there now replaces it.`,
  );
  goOn(home, sent);
}

/** Moves the damaged file aside and starts a new one. */
function replaceDamaged(home: HomeFile, left: Place, why = 'is damaged'): void {
  const { config, clock, events } = home;
  const sent = sentBy(left.store);
  if (left.temporary) leave(home);
  else {
    try {
      const moved = moveAside(left.sentry.marks, clock, () => leave(home));
      if (moved === undefined) {
        followReplacement(home, left);
        return;
      }
      leave(home);
      events.add(`The mirror file ${config.dbFile} ${why}. It was moved to ${moved}, and a new one was started.`);
    } catch (error) {
      abandon(home, error);
      return;
    }
  }
  goOn(home, sent);
}

function goOn(home: HomeFile, sent: readonly number[]): void {
  reopen(home);
  if (home.place && sent.length > 0) runNow(home, ({ requestLog, write }) => write(() => requestLog.takeOver(sent)));
}

/**
 * Repairs what it can after work failed on `used`. @returns whether the work may succeed on the file that is open now.
 */
function recover(home: HomeFile, error: unknown, used: Store): boolean {
  if (error instanceof ApiError || error instanceof StoppedError || error instanceof LostLeaseError) return false;
  const { place } = home;
  // Other work found the file missing or damaged, and closed it.
  if (place?.store !== used) return true;
  const fault = faultOf(error);
  if (fault === undefined) return false;
  // A missing file causes all kinds of faults.
  if (!isInPlace(place.sentry.marks)) look(home);
  else if (fault === 'damaged') replaceDamaged(home, place);
  else if (fault === 'unusable' && !place.temporary) abandon(home, error);
  else {
    reportFault(home, place, explainFault(error, used.file).message);
    return false;
  }
  return home.place !== undefined;
}

function reportFault(home: HomeFile, place: Place, message: string): void {
  home.events.warn(message);
  const fault = `${message} Until then answers come from the file as it is.`;
  if (place.fault === fault) return;
  place.fault = fault;
  notify(home, false);
}

/** Work that succeeds shows that the file is sound again. */
function endFault(home: HomeFile): void {
  if (home.place?.fault === undefined) return;
  home.place.fault = undefined;
  home.events.recover(`the mirror file ${home.config.dbFile} can be written again`);
  notify(home, false);
}
