import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { explainFault, faultOf } from '../db/faults.ts';
import { companionsOf, isInPlace, movedTo, removeCompanions } from '../db/file.ts';
import { type OpenedMirror, openMirror } from '../db/open.ts';
import { makeTemporaryPlace, sweepTemporaryPlaces, type TemporaryPlace } from '../db/temporary.ts';
import { ApiError, LostLeaseError, MirrorError, messageOf, StoppedError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Store } from '../mirror/store.ts';
import { makeWhole, sentBy, setAside } from './left-file.ts';
import type { HomeState } from './messages.ts';
import { isTaken, type Place, placeOf } from './place.ts';
import { createTidings } from './tidings.ts';

export interface HomeDeps {
  clock: Clock;
  log: Log;
  /**
   * Told where the mirror is and what ails it, whenever that changes. Where there is somebody to tell, a temporary file
   * takes the place of one that can't be used, and one that is refused is tried again; else both are errors.
   */
  onHome?: ((state: HomeState, isReopened: boolean) => void) | undefined;
}

/** Where the mirror is written, whatever becomes of its file. */
export interface Home {
  /** The mirror as it is now; another one once its file was begun anew. @throws MirrorError while there is none. */
  store(): Store;
  /** Runs `work`, which writes, and once more if the mirror had to be taken elsewhere meanwhile. @throws MirrorError for a fault of the file. */
  run<Result>(work: (store: Store) => Promise<Result>): Promise<Result>;
  /** The same for what takes but a moment. */
  runNow<Result>(work: (store: Store) => Result): Result;
  /** Looks whether the file is still what was opened, and sound. `damaged`: a reader found the file with this identity damaged. */
  look(damaged?: string): void;
  close(): void;
}

/** The longest that a file which can't be used is left alone. */
const maxRetryMs = 60_000;
/** On the file, and on what takes its place. */
const maxTries = 2;

/**
 * Opens the mirror for writing.
 * @throws MirrorError when there is no one to tell that it can't be used, or the addon does not load.
 */
export function openHome(config: Config, { clock, log, onHome }: HomeDeps): Home {
  const { dbFile } = config;
  const retryMs = Math.min(maxRetryMs, config.pollMs);
  let place: Place | undefined;
  let refusal: MirrorError | undefined;
  /** Why the file that is open can't be written at the moment. */
  let trouble: string | undefined;
  let triedAt = 0;
  const { warn, happen, take, recover: recovered } = createTidings(log, onHome !== undefined);

  function tell(isReopened: boolean): void {
    const file = place?.mirror.file ?? dbFile;
    const reason = place?.temporary?.reason;
    const ails = [reason, trouble].filter((one) => one !== undefined).join(' ') || undefined;
    const state = {
      file,
      isTemporary: reason !== undefined,
      trouble: ails,
      happened: take(),
      refusal: refusal?.message,
    };
    onHome?.(state, isReopened);
  }

  function settle({ mirror, warning }: OpenedMirror, temporary?: Place['temporary']): void {
    place = placeOf(mirror, temporary);
    if (warning) happen(warning);
  }

  /** Opens the mirror's own file, or what takes its place. @throws what nothing takes the place of. */
  function open(): void {
    triedAt = clock.monotonic();
    place = undefined;
    refusal = undefined;
    trouble = undefined;
    try {
      settle(openMirror(dbFile, config, clock));
    } catch (error) {
      if (!onHome || !(error instanceof MirrorError) || error.kind === 'addon') throw error;
      if (error.kind === 'unusable') moveOut(error);
      else refusal = error;
      warn(refusal?.message ?? error.message);
    }
  }

  /** Goes on in a temporary file because of `cause`. */
  function moveOut(cause: MirrorError): void {
    const reason = `${cause.message} Until it can be used, a temporary mirror takes its place, which was empty at first and ends with this server.`;
    let temporary: TemporaryPlace | undefined;
    try {
      temporary = makeTemporaryPlace();
      settle(openMirror(temporary.file, config, clock), { ...temporary, reason });
    } catch (error) {
      temporary?.remove();
      refusal = new MirrorError(
        'unusable',
        `${cause.message} Nor is there room for a temporary one: ${messageOf(error)}`,
      );
    }
  }

  function leave(): void {
    if (!place) return;
    place.store.close();
    place.temporary?.remove();
    place = undefined;
  }

  function reopen(): void {
    leave();
    try {
      open();
    } finally {
      tell(true);
    }
  }

  function goOn(sent: readonly number[]): void {
    reopen();
    if (place && sent.length > 0) runNow(({ requestLog, write }) => write(() => requestLog.takeOver(sent)));
  }

  /** What is at the path is not what was opened: the old file is left. */
  function follow(left: Place): void {
    if (left.temporary) {
      reopen();
      return;
    }
    const { marks } = left.sentry;
    const sent = sentBy(left.store);
    const moved = movedTo(marks);
    // What another process has found damaged is left as it is.
    if (moved === undefined) makeWhole(left.mirror);
    leave();
    removeCompanions(marks);
    const what = moved === undefined ? 'deleted or replaced' : `found damaged and moved to ${moved}`;
    happen(`The mirror file ${dbFile} was ${what} while it was in use; what is there now is used instead.`);
    goOn(sent);
  }

  function beginAnew(left: Place, why = 'is damaged'): void {
    const sent = sentBy(left.store);
    if (left.temporary) leave();
    else {
      try {
        const moved = setAside(left.sentry.marks, clock, leave);
        if (moved === undefined) {
          follow(left);
          return;
        }
        leave();
        happen(`The mirror file ${dbFile} ${why}. It was moved to ${moved}, and a new one is begun.`);
      } catch (error) {
        abandon(error);
        return;
      }
    }
    goOn(sent);
  }

  /** Tries the mirror's own file again where another has taken its place, or none. */
  function retry(): void {
    if (clock.monotonic() - triedAt < retryMs) return;
    if (!place) {
      reopen();
      return;
    }
    triedAt = clock.monotonic();
    let opened: OpenedMirror;
    try {
      opened = openMirror(dbFile, config, clock);
    } catch (error) {
      // It can be used again, but not by us.
      if (error instanceof MirrorError && error.kind !== 'unusable') reopen();
      return;
    }
    leave();
    trouble = undefined;
    settle(opened);
    log.info(`the mirror file ${dbFile} can be used again`);
    tell(true);
  }

  function look(damaged?: string): void {
    if (!place) {
      retry();
      return;
    }
    const standing = place.sentry.look();
    if (standing === 'gone') follow(place);
    else if (standing === 'cut off') {
      // Once others have begun a log of their own, nothing of this one may be put into the file.
      if (companionsOf(place.sentry.marks) === 'missing') makeWhole(place.mirror);
      beginAnew(place, 'lost its -wal or -shm while it was in use');
    } else if (standing === 'damaged' || (damaged !== undefined && damaged === place.sentry.marks.database))
      beginAnew(place);
    // Who may use the file, and why not, opening it anew tells.
    else if (isTaken(place, config)) reopen();
    else if (place.temporary) retry();
  }

  function store(): Store {
    if (place) return place.store;
    throw refusal ?? new MirrorError('unusable', `The mirror file ${dbFile} is closed.`);
  }

  /** Work has failed on `used`. @returns whether it may succeed on what is there now. */
  function mend(error: unknown, used: Store): boolean {
    if (error instanceof ApiError || error instanceof StoppedError || error instanceof LostLeaseError) return false;
    // Somebody else has found the file gone, or damaged, and has closed it.
    if (place?.store !== used) return true;
    const fault = faultOf(error);
    if (fault === undefined) return false;
    // A file that is not there any more shows all kinds of faults.
    if (!isInPlace(place.sentry.marks)) look();
    else if (fault === 'damaged') beginAnew(place);
    else if (fault === 'unusable' && !place.temporary) abandon(error);
    else {
      suffer(explainFault(error, used.file).message);
      return false;
    }
    return place !== undefined;
  }

  /** The file was open, and can't be used any more. */
  function abandon(error: unknown): void {
    const cause = explainFault(error, dbFile);
    triedAt = clock.monotonic();
    leave();
    if (!onHome) throw cause;
    trouble = undefined;
    moveOut(cause);
    warn(refusal?.message ?? cause.message);
    tell(true);
  }

  function suffer(what: string): void {
    warn(what);
    const said = `${what} Until then answers come from what it holds.`;
    if (trouble === said) return;
    trouble = said;
    tell(false);
  }

  /** What was done on the file shows that it is well. */
  function recover(): void {
    if (trouble === undefined) return;
    trouble = undefined;
    recovered(`the mirror file ${dbFile} can be written again`);
    tell(false);
  }

  const explained = (error: unknown) =>
    faultOf(error) === undefined ? error : explainFault(error, place?.mirror.file ?? dbFile);

  function runNow<Result>(work: (store: Store) => Result): Result {
    for (let tries = 1; ; tries += 1) {
      look();
      const used = store();
      try {
        const result = work(used);
        recover();
        return result;
      } catch (error) {
        if (!mend(error, used) || tries === maxTries) throw explained(error);
      }
    }
  }

  if (onHome) sweepTemporaryPlaces();
  open();
  tell(true);
  return {
    store,
    look,
    run: async (work) => {
      for (let tries = 1; ; tries += 1) {
        look();
        const used = store();
        try {
          const result = await work(used);
          recover();
          return result;
        } catch (error) {
          if (!mend(error, used) || tries === maxTries) throw explained(error);
        }
      }
    },
    runNow,
    close: leave,
  };
}
