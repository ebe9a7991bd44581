import { UsageError } from '../errors.ts';

/** How many may have a turn at once, of all and of one caller, and how many of one caller may wait for theirs. */
export interface TurnsOptions {
  places: number;
  share: number;
  line: number;
}

/** What ends a turn. */
export type Leave = () => void;

/** Turns, shared out fairly among callers, who are told apart by identity. */
export interface Turns {
  /** A turn, if there is one now. */
  takeNow(caller: object): Leave | undefined;
  /**
   * Waits for a turn: the next one is for who has the fewest, and among those for who has had none for longest.
   * @throws UsageError when the line is full; the signal's reason when it aborts.
   */
  take(caller: object, signal: AbortSignal): Promise<Leave>;
}

/** Callers whose lines may be full at once. */
const fullLines = 8;

interface Waiting {
  caller: object;
  begin: () => void;
}

export function createTurns({ places, share, line }: TurnsOptions): Turns {
  const held = new Map<object, number>();
  /** The number of each caller's latest turn. */
  const latest = new WeakMap<object, number>();
  const waiting: Waiting[] = [];
  let begun = 0;
  let free = places;

  const heldBy = (caller: object) => held.get(caller) ?? 0;
  const mayBegin = (caller: object) => free > 0 && heldBy(caller) < share;

  const byNeed = ({ caller: a }: Waiting, { caller: b }: Waiting) =>
    heldBy(a) - heldBy(b) || (latest.get(a) ?? 0) - (latest.get(b) ?? 0);

  function begin(caller: object): Leave {
    free -= 1;
    held.set(caller, heldBy(caller) + 1);
    begun += 1;
    latest.set(caller, begun);
    return () => {
      free += 1;
      const left = heldBy(caller) - 1;
      if (left > 0) held.set(caller, left);
      else held.delete(caller);
      // What became free is one place: at most one more begins.
      const [next] = waiting.filter(({ caller: one }) => mayBegin(one)).sort(byNeed);
      next?.begin();
    };
  }

  const takeNow = (caller: object) => (mayBegin(caller) ? begin(caller) : undefined);

  function refuseFullLine(caller: object): void {
    const isOwn = waiting.filter((one) => one.caller === caller).length >= line;
    if (!isOwn && waiting.length < line * fullLines) return;
    throw new UsageError(
      `${waiting.length} statements${isOwn ? '' : ' of other clients'} wait for their turn already, as many as may. Ask again when some are answered, and for more in one statement (GROUP BY, UNION ALL).`,
    );
  }

  async function take(caller: object, signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    const now = takeNow(caller);
    if (now) return now;
    refuseFullLine(caller);
    return await new Promise((resolve, reject) => {
      const leaveLine = () => waiting.splice(waiting.indexOf(one), 1);
      const giveUp = () => {
        leaveLine();
        reject(signal.reason);
      };
      const one = {
        caller,
        begin: () => {
          leaveLine();
          signal.removeEventListener('abort', giveUp);
          resolve(begin(caller));
        },
      };
      waiting.push(one);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  return { takeNow, take };
}
