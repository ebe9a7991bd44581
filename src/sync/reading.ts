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
  /** Sets where the mirror is. */
  setHome(state: HomeState, isReopened: boolean): void;
  /** The current mirror; opens it again if its file is not the one we opened. @throws MirrorError without one. */
  reader(): Promise<Reader>;
  /**
   * Handles an error of a query. @returns whether the file was at fault, so that the question is worth asking again.
   */
  recover(error: unknown): Promise<boolean>;
  /** Adds the notes about the mirror's file and its size. */
  addNotes(freshness: Freshness, mirror: Reader): Freshness;
  close(): void;
}

export interface ReadingDeps {
  clock: Pick<Clock, 'monotonic'>;
  config: Pick<Config, 'dbFile' | 'apiUrl' | 'apiKey' | 'maxBytes'>;
  thread: () => Pick<SyncerThread, 'begin' | 'isBegun' | 'opened' | 'look' | 'failure' | 'hasEnded' | 'ailment'>;
}

/** In milliseconds: an answer reads the mirror several times, and this checks the file only once for it. */
const lookMs = 5;

/** How long (in milliseconds) answers mention what happened to the file. */
const tellMs = 600_000;

interface State extends ReadingDeps {
  home?: HomeState;
  happened?: { what: string; until: number };
  open?: { reader: Reader; sentry: Sentry } | undefined;
  opening?: Promise<Reader> | undefined;
  /** When we last found the file sound. */
  lookedAt: number;
}

export function createReading(deps: ReadingDeps): Reading {
  const state: State = { ...deps, lookedAt: Number.NEGATIVE_INFINITY };
  return {
    setHome: (home, isReopened) => {
      state.home = home;
      if (home.happened !== undefined) state.happened = { what: home.happened, until: deps.clock.monotonic() + tellMs };
      if (isReopened) close(state);
    },
    reader: () => readerOf(state),
    recover: async (error) => {
      if (wasClosed(error)) return true;
      const fault = faultOf(error);
      if (fault === undefined) return false;
      const database = state.open?.sentry.marks.database;
      close(state);
      await deps.thread().look(fault === 'damaged' ? database : undefined);
      return true;
    },
    addNotes: (freshness, mirror) => withNotes(state, freshness, mirror),
    close: () => close(state),
  };
}

function close(state: State): void {
  state.open?.reader.close();
  state.open = undefined;
}

async function readerOf(state: State): Promise<Reader> {
  const { thread } = state;
  if (thread().isBegun()) await thread().opened;
  const standing = state.open ? standingOf(state, state.open.sentry) : 'gone';
  if (state.open && standing === 'sound') return state.open.reader;
  if (!thread().isBegun()) {
    close(state);
    const early = openEarly(state);
    if (early) return early;
    thread().begin();
    await thread().opened;
  }
  state.opening ??= openAnew(state, standing).finally(() => {
    state.opening = undefined;
  });
  return state.opening;
}

function standingOf(state: State, sentry: Sentry): Standing {
  const now = state.clock.monotonic();
  if (now - state.lookedAt < lookMs) return 'sound';
  const standing = sentry.look();
  if (standing === 'sound') state.lookedAt = now;
  return standing;
}

async function openAnew(state: State, standing: Standing): Promise<Reader> {
  const { thread } = state;
  if (state.open) {
    const { database } = state.open.sentry.marks;
    close(state);
    await thread().look(standing === 'damaged' ? database : undefined);
  }
  const found = state.home && identityOf(state.home.file);
  try {
    return openNow(state);
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined || !state.home) throw error;
    // The file may have disappeared this very moment; the thread that writes handles that.
    await thread().look(fault === 'damaged' ? found : undefined);
    return openNow(state);
  }
}

function openNow(state: State): Reader {
  const { home, config, thread } = state;
  if (!home || thread().hasEnded()) {
    // While there is no syncer, the mirror of an earlier one is readable.
    const early = thread().hasEnded() ? undefined : openEarly(state);
    if (early) return early;
    throw new MirrorError('unusable', thread().failure()?.message ?? 'The mirror was not opened.');
  }
  if (home.refusal !== undefined) throw new MirrorError('unusable', home.refusal);
  return keep(state, openReaderBeside(home.file, config));
}

/**
 * Before the syncer's thread has started, opens a mirror of this version as it is, so that the first answer need not
 * wait until that thread can write the file.
 * @returns undefined when the thread is needed.
 */
function openEarly(state: State): Reader | undefined {
  try {
    // The thread that speaks MCP must not wait.
    return keep(state, openReader(state.config.dbFile, state.config, 0));
  } catch {
    return undefined;
  }
}

function keep(state: State, reader: Reader): Reader {
  state.open = { reader, sentry: createSentry(reader) };
  return reader;
}

/** Adds where the mirror is, and the notes on its file and on what keeps it up to date. */
function withNotes({ home, happened, clock, config, thread }: State, freshness: Freshness, mirror: Reader): Freshness {
  const event = happened && clock.monotonic() < happened.until ? happened.what : undefined;
  const parts = [event, home?.trouble, quotaNote(usedBytes(mirror), config.maxBytes), thread().ailment()];
  const said = parts.filter((text) => text !== undefined).join(' ');
  const { note, source, ...rest } = freshness;
  // If a fault kept a sync from writing, it is the same trouble.
  const first = note === undefined || said.includes(note) ? '' : /[.?!]$/.test(note) || said === '' ? note : `${note}.`;
  const notes = [first, said].filter((text) => text !== '').join(' ');
  return {
    source: home?.isTemporary ? 'temporary' : source,
    ...rest,
    ...(notes === '' ? {} : { note: notes }),
  };
}
