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

interface State extends TurnsOptions {
  /** The turns that each caller has now. */
  held: Map<object, number>;
  /** The number of each caller's latest turn. */
  latest: WeakMap<object, number>;
  waiting: Waiting[];
  begun: number;
  free: number;
}

export function createTurns(options: TurnsOptions): Turns {
  const state: State = {
    ...options,
    held: new Map(),
    latest: new WeakMap(),
    waiting: [],
    begun: 0,
    free: options.places,
  };
  const takeNow = (caller: object) => (mayBegin(state, caller) ? begin(state, caller) : undefined);
  return {
    takeNow,
    take: async (caller, signal) => {
      signal.throwIfAborted();
      const now = takeNow(caller);
      if (now) return now;
      refuseFullLine(state, caller);
      return await waitForTurn(state, caller, signal);
    },
  };
}

const heldBy = ({ held }: State, caller: object) => held.get(caller) ?? 0;

const mayBegin = (state: State, caller: object) => state.free > 0 && heldBy(state, caller) < state.share;

function begin(state: State, caller: object): Leave {
  state.free -= 1;
  state.held.set(caller, heldBy(state, caller) + 1);
  state.begun += 1;
  state.latest.set(caller, state.begun);
  return () => end(state, caller);
}

function end(state: State, caller: object): void {
  const { held, waiting, latest } = state;
  state.free += 1;
  const left = heldBy(state, caller) - 1;
  if (left > 0) held.set(caller, left);
  else held.delete(caller);
  // One place became free, so that at most one more turn begins.
  const [next] = waiting
    .filter((one) => mayBegin(state, one.caller))
    .sort(
      ({ caller: a }, { caller: b }) =>
        heldBy(state, a) - heldBy(state, b) || (latest.get(a) ?? 0) - (latest.get(b) ?? 0),
    );
  next?.begin();
}

function refuseFullLine({ waiting, line }: State, caller: object): void {
  const isOwn = waiting.filter((one) => one.caller === caller).length >= line;
  if (!isOwn && waiting.length < line * fullLines) return;
  throw new UsageError(
    `${waiting.length} statements${isOwn ? '' : ' of other clients'} wait for their turn already, as many as may. Ask again when some are answered, and for more in one statement (GROUP BY, UNION ALL).`,
  );
}

/** Joins the line, and leaves it as soon as the turn begins or the signal aborts: whoever looks next no longer sees it there. */
function waitForTurn(state: State, caller: object, signal: AbortSignal): Promise<Leave> {
  const { waiting } = state;
  return new Promise((resolve, reject) => {
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
        resolve(begin(state, caller));
      },
    };
    waiting.push(one);
    signal.addEventListener('abort', giveUp, { once: true });
  });
}
