import type { ServerResponse } from 'node:http';
import type { Clock } from '../clock.ts';
import { Refusal } from './http-guard.ts';

/**
 * What is under way over HTTP, within bounds: a client that asks and does not read costs as much memory as answers may wait,
 * and for as long as one that reads would take.
 */
export interface Traffic {
  /**
   * Takes on requests. @returns what to call when their answers are out; any number of times.
   * @throws Refusal when as many are under way as may be.
   */
  take(number?: number): () => void;
  /** Sees to an answer, or a stream of such, until it is out; the other end has to read it. `beats`: it hears a comment now and then. */
  watch(res: ServerResponse, options?: { beats?: boolean }): void;
  /** Looks after what is watched for as long as `signal` lets it; rejects once that aborts. */
  run(signal: AbortSignal): Promise<never>;
}

/** Requests of all clients, with an answer that is not out yet. */
const maxUnderWay = 256;
/** From one look to the next, in milliseconds: well below the 300 s after which readers of a silent stream end. */
const beatMs = 25_000;

interface Watched {
  beats: boolean;
  /** Bytes that the other end had taken when some waited for it at the last look. */
  taken: number | undefined;
}

export function createTraffic(clock: Pick<Clock, 'sleep'>): Traffic {
  const watched = new Map<ServerResponse, Watched>();
  let underWay = 0;

  function look(res: ServerResponse, known: Watched): void {
    const waiting = res.writableLength;
    // The socket counts what waits in it as written.
    const taken = (res.socket?.bytesWritten ?? 0) - waiting;
    if (waiting > 0 && taken === known.taken) {
      // It waited at the last look, too, and nobody has read any of it.
      res.destroy();
      return;
    }
    known.taken = waiting > 0 ? taken : undefined;
    if (known.beats && waiting === 0 && res.headersSent && !res.writableEnded) res.write(': still here\n\n');
  }

  return {
    take: (number = 1) => {
      if (underWay + number > maxUnderWay)
        throw new Refusal(503, `There are ${maxUnderWay} requests under way, as many as may be. Try again.`, {
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
