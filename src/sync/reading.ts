import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { faultOf, wasClosed } from '../db/faults.ts';
import { identityOf } from '../db/file.ts';
import { openReader, openReaderBeside, type Reader } from '../db/open.ts';
import { createSentry, type Sentry, type Standing } from '../db/sentry.ts';
import { usedBytes } from '../db/size.ts';
import { MirrorError } from '../errors.ts';
import type { Freshness } from './freshness.ts';
import type { HomeState } from './messages.ts';
import { quotaNote } from './quota.ts';
import type { SyncerThread } from './syncer-thread.ts';

/** The main thread's connection to the mirror, wherever the syncer's thread has it. */
export interface Reading {
  /** Hears where the mirror is. */
  hear(state: HomeState, isReopened: boolean): void;
  /** The mirror as it is now; looked for again when its file is not the one that was opened. @throws MirrorError without one. */
  reader(): Promise<Reader>;
  /** After an error of a query: @returns whether it was the file's, so that the question is worth asking again. */
  mend(error: unknown): Promise<boolean>;
  /** Adds what is to be said of the mirror's file and its size. */
  tell(freshness: Freshness, mirror: Reader): Freshness;
  close(): void;
}

export interface ReadingDeps {
  clock: Pick<Clock, 'monotonic'>;
  config: Pick<Config, 'dbFile' | 'apiUrl' | 'apiKey' | 'maxBytes'>;
  thread: () => Pick<SyncerThread, 'begin' | 'isBegun' | 'opened' | 'look' | 'failure' | 'hasEnded' | 'ailment'>;
}

/** An answer asks for the mirror several times, and the file is looked at once; in milliseconds. */
const lookMs = 5;

/** So long answers tell what became of the file. */
const tellMs = 600_000;

export function createReading({ clock, config, thread }: ReadingDeps): Reading {
  let home: HomeState | undefined;
  let happened: { what: string; until: number } | undefined;
  let open: { reader: Reader; sentry: Sentry } | undefined;
  let opening: Promise<Reader> | undefined;
  let lookedAt = Number.NEGATIVE_INFINITY;

  function standingOf({ sentry }: { sentry: Sentry }): Standing {
    const now = clock.monotonic();
    if (now - lookedAt < lookMs) return 'sound';
    const standing = sentry.look();
    if (standing === 'sound') lookedAt = now;
    return standing;
  }

  function close(): void {
    open?.reader.close();
    open = undefined;
  }

  function keep(reader: Reader): Reader {
    open = { reader, sentry: createSentry(reader) };
    return reader;
  }

  /**
   * Before the syncer's thread has begun, a mirror that is there and of this version is read as it is: the first answer
   * does not wait for what is to be done before the file can be written. @returns undefined: that thread is needed.
   */
  function openEarly(): Reader | undefined {
    try {
      // Nothing may keep the thread that speaks MCP waiting.
      return keep(openReader(config.dbFile, config, 0));
    } catch {
      return undefined;
    }
  }

  function openNow(): Reader {
    if (!home || thread().hasEnded()) {
      // While there is no syncer, what an earlier one has mirrored can be read.
      const early = thread().hasEnded() ? undefined : openEarly();
      if (early) return early;
      throw new MirrorError('unusable', thread().failure()?.message ?? 'The mirror was not opened.');
    }
    if (home.refusal !== undefined) throw new MirrorError('unusable', home.refusal);
    return keep(openReaderBeside(home.file, config));
  }

  async function openAnew(standing: Standing): Promise<Reader> {
    if (open) {
      const { database } = open.sentry.marks;
      close();
      await thread().look(standing === 'damaged' ? database : undefined);
    }
    const found = home && identityOf(home.file);
    try {
      return openNow();
    } catch (error) {
      const fault = faultOf(error);
      if (fault === undefined || !home) throw error;
      // It may have gone this very moment; the thread that writes sees to it.
      await thread().look(fault === 'damaged' ? found : undefined);
      return openNow();
    }
  }

  return {
    hear: (state, isReopened) => {
      home = state;
      if (state.happened !== undefined) happened = { what: state.happened, until: clock.monotonic() + tellMs };
      if (isReopened) close();
    },
    reader: async () => {
      if (thread().isBegun()) await thread().opened;
      const standing = open ? standingOf(open) : 'gone';
      if (open && standing === 'sound') return open.reader;
      if (!thread().isBegun()) {
        close();
        const early = openEarly();
        if (early) return early;
        thread().begin();
        await thread().opened;
      }
      opening ??= openAnew(standing).finally(() => {
        opening = undefined;
      });
      return opening;
    },
    mend: async (error) => {
      if (wasClosed(error)) return true;
      const fault = faultOf(error);
      if (fault === undefined) return false;
      const database = open?.sentry.marks.database;
      close();
      await thread().look(fault === 'damaged' ? database : undefined);
      return true;
    },
    tell: (freshness, mirror) =>
      toldOf(freshness, home, [
        happened && clock.monotonic() < happened.until ? happened.what : undefined,
        home?.trouble,
        quotaNote(usedBytes(mirror), config.maxBytes),
        thread().ailment(),
      ]),
    close,
  };
}

/** A freshness with where the mirror is, and what is to be said of its file and of what keeps it up to date. */
function toldOf(freshness: Freshness, home: HomeState | undefined, what: readonly (string | undefined)[]): Freshness {
  const said = what.filter((text) => text !== undefined).join(' ');
  const { note, source, ...rest } = freshness;
  // What kept a sync from writing is the same trouble.
  const first =
    note === undefined || said.includes(note) ? [] : [/[.?!]$/.test(note) || said === '' ? note : `${note}.`];
  const notes = [...first, ...(said === '' ? [] : [said])];
  return {
    source: home?.isTemporary ? 'temporary' : source,
    ...rest,
    ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
  };
}
