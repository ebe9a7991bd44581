import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { Refusal } from './http-guard.ts';

/**
 * Limits the open requests over HTTP. A client that asks and does not read costs as much memory as its waiting answers,
 * and no longer than a client that reads.
 */
export interface Traffic {
  /**
   * Counts requests. @returns a function to call when their answers are out; it may be called any number of times.
   * @throws Refusal when too many are open.
   */
  take(number?: number): () => void;
  /**
   * Watches an answer or a stream of answers until it is out, and ends it if the other end does not read. `beats`:
   * sends a comment now and then.
   */
  watch(res: ServerResponse, options?: { beats?: boolean }): void;
  /** Checks the watched answers until `signal` aborts; then it rejects. */
  run(signal: AbortSignal): Promise<never>;
}

/** How many requests of all clients may have an answer that is not out yet. */
const maxUnderWay = 256;
/** Milliseconds between two checks: well below the 300 s after which readers of a silent stream give up. */
const beatMs = 25_000;

interface Watched {
  beats: boolean;
  /** Bytes that the other end had taken at the last check, if some were still waiting then. */
  taken: number | undefined;
}

export function createTraffic(clock: Pick<Clock, 'sleep'>): Traffic {
  const watched = new Map<ServerResponse, Watched>();
  let underWay = 0;

  function look(res: ServerResponse, known: Watched): void {
    const waiting = res.writableLength;
    // The socket counts its waiting bytes as written.
    const taken = (res.socket?.bytesWritten ?? 0) - waiting;
    if (waiting > 0 && taken === known.taken) {
      // Bytes already waited at the last check, and the client has read none since.
      res.destroy();
      return;
    }
    known.taken = waiting > 0 ? taken : undefined;
    if (known.beats && waiting === 0 && res.headersSent && !res.writableEnded) res.write(': still here\n\n');
  }

  return {
    take: (number = 1) => {
      if (underWay + number > maxUnderWay)
        throw new Refusal(503, `${maxUnderWay} requests are running, which is the limit. Try again.`, {
          headers: { 'retry-after': '1' },
        });
      underWay += number;
      let isOut = false;
      return () => {
        if (!isOut) underWay -= number;
        isOut = true;
      };
    },
    watch: (res, { beats = false } = {}) => {
      watched.set(res, { beats, taken: undefined });
      res.once('close', () => watched.delete(res));
    },
    run: async (signal) => {
      for (;;) {
        await clock.sleep(beatMs, signal);
        for (const [res, known] of [...watched]) look(res, known);
      }
    },
  };
}
