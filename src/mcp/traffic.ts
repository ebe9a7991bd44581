import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../clock.ts';
import { Refusal } from './http-guard.ts';

/**
 * Limits the open requests over HTTP, and what a client costs that asks and does not read: the memory of a few answers,
 * until the second check.
 */
export interface Traffic {
  /**
   * Counts requests. @returns a function to call when their answers are out; it may be called any number of times.
   * @throws Refusal when too many are open.
   */
  take(number?: number): () => void;
  /** Watches a connection until it closes, and ends it if bytes wait and the other end does not read. */
  watch(socket: Socket): void;
  /** Counts an answer of the connection until it is out. @returns whether to give it; else the connection is ended. */
  admit(socket: Socket, res: ServerResponse): boolean;
  /** Sends a comment on a stream now and then, until it ends. */
  beat(res: ServerResponse): void;
  /** Checks connections and streams until `signal` aborts; then it rejects. */
  run(signal: AbortSignal): Promise<never>;
}

/** How many requests of all clients may have an answer that is not out yet. */
const maxUnderWay = 256;
/**
 * How many answers may be open on one connection. Clients wait for each answer, but Node hands over at once whatever
 * requests came in one read: thousands.
 */
const maxOnConnection = 16;
/** Milliseconds between two checks: well below the 300 s after which readers of a silent stream give up. */
const beatMs = 25_000;

interface Watched {
  open: Set<ServerResponse>;
  /** Bytes that the other end had taken at the last check, if some were still waiting then. */
  taken: number | undefined;
}

export function createTraffic(clock: Pick<Clock, 'sleep'>): Traffic {
  const watched = new Map<Socket, Watched>();
  const beating = new Set<ServerResponse>();
  let underWay = 0;

  function look(socket: Socket, known: Watched): void {
    const waiting = socket.writableLength;
    // The socket counts its waiting bytes as written.
    const taken = socket.bytesWritten - waiting;
    // Bytes already waited at the last check, and the client has read none since.
    if (waiting > 0 && taken === known.taken) socket.destroy();
    known.taken = waiting > 0 ? taken : undefined;
  }

  function beat(res: ServerResponse): void {
    if (res.writableLength === 0 && res.headersSent && !res.writableEnded) res.write(': still here\n\n');
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
    watch: (socket) => {
      const open = new Set<ServerResponse>();
      watched.set(socket, { open, taken: undefined });
      socket.once('close', () => {
        watched.delete(socket);
        // Node closes only the answer whose turn it is.
        for (const res of open) if (res.socket === null) res.destroy().emit('close');
      });
    },
    admit: (socket, res) => {
      const open = watched.get(socket)?.open;
      // Node goes on with what it has read of a connection that has ended.
      if (socket.destroyed || open === undefined) return false;
      if (open.size >= maxOnConnection) {
        socket.destroy();
        return false;
      }
      open.add(res);
      res.once('close', () => open.delete(res));
      return true;
    },
    beat: (res) => {
      beating.add(res);
      res.once('close', () => beating.delete(res));
    },
    run: async (signal) => {
      for (;;) {
        await clock.sleep(beatMs, signal);
        for (const [socket, known] of [...watched]) look(socket, known);
        for (const res of beating) beat(res);
      }
    },
  };
}
