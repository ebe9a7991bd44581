import { UsageError } from '../errors.ts';

/** How many turns may be held at once, in all and by one caller, and how many requests of one caller may wait. */
export interface TurnsOptions {
  places: number;
  share: number;
  line: number;
}

/** Ends a turn. */
export type Release = () => void;

/** Shares turns out fairly among callers, which are identified by object identity. */
export interface Turns {
  /** A turn, if one is free now. */
  takeNow(caller: object): Release | undefined;
  /**
   * Waits for a turn. The next one goes to the caller with the fewest turns; among equals, to the one that has waited
   * longest since its last turn.
   * @throws UsageError when the line is full; the signal's reason when it aborts.
   */
  take(caller: object, signal: AbortSignal): Promise<Release>;
}

/** How many callers' lines may be full at once. */
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
  started: number;
  free: number;
}

export function createTurns(options: TurnsOptions): Turns {
  const state: State = {
    ...options,
    held: new Map(),
    latest: new WeakMap(),
    waiting: [],
    started: 0,
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

function begin(state: State, caller: object): Release {
  state.free -= 1;
  state.held.set(caller, heldBy(state, caller) + 1);
  state.started += 1;
  state.latest.set(caller, state.started);
  return () => end(state, caller);
}

function end(state: State, caller: object): void {
  const { held, waiting, latest } = state;
  state.free += 1;
  const left = heldBy(state, caller) - 1;
  if (left > 0) held.set(caller, left);
  else held.delete(caller);
  // Only one place became free, so at most one more turn starts.
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
    `${waiting.length} statements${isOwn ? '' : ' of other clients'} are waiting already, which is the limit. Ask again when some are done, or combine several into one (GROUP BY, UNION ALL).`,
  );
}

/**
 * Joins the line, and leaves it at once when the turn starts or the signal aborts, so that the next look at the line no
 * longer finds it.
 */
function waitForTurn(state: State, caller: object, signal: AbortSignal): Promise<Release> {
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
