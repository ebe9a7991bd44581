import type { Clock } from '../clock.ts';
import type { Reader } from '../db/open.ts';
import { isWithoutMirror, messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { criticalSignalsAbove, dataVersion, readNewsState } from '../queries/news.ts';
import type { Ensure } from '../sync/ensure.ts';
import { begin, follow, type Memory, type Notice } from './follow.ts';

export type Listener = (notice: Notice) => void;

/** Notices about changes of the mirror, by any process, for all sessions of this process. */
export interface Notices {
  /**
   * From now on `listener` gets every notice; it gets one about API trouble that is not over at once. Watching starts
   * with the first listener and ends with the last.
   * @returns a function that removes the listener.
   */
  attach(listener: Listener): () => void;
}

export interface NoticesDeps {
  ensure: Pick<Ensure, 'reader'>;
  clock: Pick<Clock, 'now' | 'sleep'>;
  log: Pick<Log, 'warn'>;
}

const lookMs = 2000;

export function createNotices({ ensure, clock, log }: NoticesDeps): Notices {
  const listeners = new Set<Listener>();
  let memory: Memory = begin(clock.now());
  let watching: AbortController | undefined;
  let hasComplained = false;

  /** The version last seen. Version numbers belong to one connection, so a new connection starts over. */
  let seen: { reader: Reader; version: number } | undefined;

  function look(reader: Reader): void {
    const version = dataVersion(reader);
    if (seen?.reader === reader && seen.version === version) return;
    const { memory: next, notices } = follow(memory, readNewsState(reader), clock.now(), (floor) =>
      criticalSignalsAbove(reader, floor),
    );
    memory = next;
    seen = { reader, version };
    const notified: Notice[] = [{ of: 'changed' }, ...notices];
    for (const notice of notified) for (const listener of listeners) listener(notice);
  }

  async function run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const reader = await ensure.reader();
        if (!signal.aborted) look(reader);
      } catch (error) {
        complain(error);
      }
      await clock.sleep(lookMs, signal).catch(() => {});
    }
  }

  /** Answers report a mirror that can't be read. Any other error is logged, once. */
  function complain(error: unknown): void {
    if (isWithoutMirror(error) || hasComplained) return;
    hasComplained = true;
    log.warn(`watching the mirror failed (${messageOf(error)}); watching goes on`, error);
  }

  return {
    attach: (listener) => {
      listeners.add(listener);
      if (watching) {
        if (memory.away) listener({ of: 'away', sentence: memory.away.sentence });
      } else {
        watching = new AbortController();
        memory = begin(clock.now());
        seen = undefined;
        void run(watching.signal);
      }
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        watching?.abort();
        watching = undefined;
      };
    },
  };
}
