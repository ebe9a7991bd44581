import {
  fullPassOf,
  type HeadWalk,
  isUnproven,
  isWhole,
  type ListPhase,
  type ListState,
  restingPhase,
  type TailWalk,
  tailOf,
} from '../mirror/list-state.ts';
import type { PageOutcome } from './plan.ts';
import { unreadAfter, unreadSettled } from './unread.ts';

/** How the state of a list moves on: the arrows of the diagram in plan.ts. Everything here is pure. */

/** No walk reads this many rows, and a safe integer still holds the places of a hundred million walks. */
const placesOfAWalk = 2 ** 26;

/** A walk that begins at the top: its first row has a place above all others. */
const walkAt = (pass: number, topPlace: number): HeadWalk => ({ pass, cursor: 0, place: topPlace + placesOfAWalk });
const tailAt = (pass: number, topPlace: number): TailWalk => ({
  ...walkAt(pass, topPlace),
  from: null,
  bad: 0,
  unread: 0,
  isNameless: false,
  hasEnded: false,
});

/** Any phase, and joining. */
export function headBegun(state: ListState, pass: number): ListState {
  return { ...state, topPlace: state.topPlace + placesOfAWalk, head: walkAt(pass, state.topPlace) };
}

/** never read -> filling, whole -> reconciling; a tail pass under way begins again at the top. */
export function tailBegun(state: ListState, pass: number): ListState {
  const phase = walkedBy(state.phase, tailAt(pass, state.topPlace));
  return { ...state, topPlace: state.topPlace + placesOfAWalk, phase };
}

function walkedBy(phase: ListPhase, tail: TailWalk): ListPhase {
  switch (phase.is) {
    case 'never read':
      return { is: 'filling', tail };
    case 'whole':
      return { is: 'reconciling', fullPass: phase.fullPass, tail };
    default:
      return { ...phase, tail };
  }
}

/** A page that a walk has read. */
export interface WalkPage {
  outcome: Pick<PageOutcome, 'gap' | 'cursor' | 'ended' | 'bad' | 'unread' | 'old'>;
  /** See `ListPage.reach`. */
  reach: number | null;
  /** What is wrong with its unread rows; whether one of them has no known id; how many the pass has met up to here. */
  shapes: readonly string[];
  isNameless: boolean;
  unread: number;
  /** Undefined: rows are missing above the page, so nothing of it was stored. */
  stored: { added: number; nextPlace: number | null } | undefined;
  /** Rows from before this time are too old to keep. */
  keepFrom: number;
}

/** A page of the head or the tail pass under way: the walk goes on, or is over. */
export function advanced(state: ListState, kind: 'head' | 'tail', page: WalkPage): ListState {
  const moved = unreadAfter(kind === 'head' ? headAdvanced(state, page) : tailAdvanced(state, page), page);
  return {
    ...moved,
    rows: state.rows + (page.stored?.added ?? 0),
    keptFrom: page.outcome.old > 0 ? Math.max(state.keptFrom, page.keepFrom) : state.keptFrom,
  };
}

/** Joining goes on; or it is over, and all that the pass has met is joined to the top. */
function headAdvanced(state: ListState, page: WalkPage): ListState {
  const { head } = state;
  if (head === null) return state;
  if (!page.outcome.ended) {
    const reached = isUnproven(state) ? null : reachedBy(page, state.coveredFrom);
    return { ...state, head: goneOn(head, page), coveredFrom: reached };
  }
  const wholeFrom = isUnproven(state) ? null : state.keptFrom;
  const coveredFrom = isWhole(state) ? wholeFrom : (tailOf(state)?.from ?? null);
  return { ...state, head: null, donePass: Math.max(state.donePass, head.pass), coveredFrom };
}

/** filling, reconciling, replacing: they go on, or are at the end of the list and wait for `settled`. */
function tailAdvanced(state: ListState, page: WalkPage): ListState {
  const { bad, old, unread, ended } = page.outcome;
  const known = tailOf(state);
  if (known === null) return state;
  // A gap may have led it back to the top, where it counts anew.
  const counted = known.cursor === 0 ? { bad: 0, unread: 0, isNameless: false } : known;
  const from = reachedBy(page, known.from);
  const tail: TailWalk = {
    ...goneOn(known, page),
    from,
    bad: counted.bad + bad + old,
    unread: counted.unread + unread,
    isNameless: counted.isNameless || page.isNameless,
    hasEnded: ended,
  };
  const isFirst = fullPassOf(state) === 0 && state.head === null;
  return { ...state, phase: walkedBy(state.phase, tail), coveredFrom: isFirst ? from : state.coveredFrom };
}

function goneOn({ pass, place }: HeadWalk, { outcome, stored }: WalkPage): HeadWalk {
  return { pass, cursor: outcome.cursor, place: stored ? stored.nextPlace : place };
}

const reachedBy = ({ outcome, reach }: WalkPage, before: number | null) => (outcome.gap ? before : (reach ?? before));

/** filling, reconciling, replacing -> whole. `rows` is how many there are once the unseen were marked or removed. */
export function settled(
  state: ListState,
  tail: TailWalk,
  { rows, total, now, keepFrom }: { rows: number; total: number; now: number; keepFrom: number },
): ListState {
  const keptFrom = tail.bad > 0 ? Math.min(state.keptFrom, keepFrom) : 0;
  return unreadSettled({
    ...counted(state, rows, total),
    phase: { is: 'whole', fullPass: tail.pass },
    donePass: Math.max(state.donePass, tail.pass),
    fullAt: now,
    coveredFrom: state.head === null ? keptFrom : state.coveredFrom,
    keptFrom,
    unread: tail.unread,
  });
}

/** The phase stays: of `total` rows, the mirror has `rows`. */
export function counted(state: ListState, rows: number, total: number): ListState {
  return { ...state, rows, deficit: total - rows };
}

/** What the agents list showed of the agent when the pass began: until that moves, we may skip the list. */
export type Seen = Pick<ListState, 'seen' | 'beganAt'>;

/** The phase stays: the list equals the API's, as far as we can tell. */
export function rested(state: ListState, seen: Seen, now: number): ListState {
  const noError = { errorKind: null, error: null, errorAt: null };
  return unreadSettled({ ...state, ...seen, ...noError, completedAt: now });
}

/** The phase stays: joining begins again at the top, where the newest rows are. */
export const withoutHead = (state: ListState): ListState => ({ ...state, head: null });

/** Back to never read or whole: no walk is under way. */
export function withoutWalks(state: ListState): ListState {
  return { ...state, head: null, phase: restingPhase(fullPassOf(state)) };
}

/** The phase stays; but a missing list stays missing: we ask for it again when the agent moves. */
export function failed(
  state: ListState,
  error: Pick<ListState, 'errorKind' | 'error' | 'errorAt'>,
  seen: Seen,
): ListState {
  const next = { ...state, ...error };
  return error.errorKind === 'not_found' && state.rows === 0 ? withoutWalks({ ...next, ...seen }) : next;
}

/** The phase stays: `listed` rows were too old to keep. Upstream still counts them. */
export function pruned(state: ListState, listed: number, keepFrom: number): ListState {
  return {
    ...counted(state, state.rows - listed, state.rows + state.deficit),
    keptFrom: Math.max(state.keptFrom, keepFrom),
    coveredFrom: state.coveredFrom === null ? null : Math.max(state.coveredFrom, keepFrom),
  };
}

/**
 * Any -> filling (replacing stays so), from the top: another agent's list has shown rows of this one as its own. They
 * are not here any more, and count as unread until the whole list was walked again.
 */
export function rowsLost(state: ListState, pass: number, lost: { count: number; shape: string }): ListState {
  const { phase } = state;
  const voided: ListPhase = phase.is === 'replacing' ? { ...phase, fullPass: 0 } : { is: 'never read' };
  return {
    ...tailBegun({ ...state, phase: voided }, pass),
    rows: state.rows - lost.count,
    unread: state.unread + lost.count,
    unreadShape: lost.shape,
  };
}

/** Any -> replacing, from the top, as if the mirror had nothing of the list: the backend was wiped. */
export function wiped(state: ListState, pass: number): ListState {
  return {
    ...state,
    phase: { is: 'replacing', fullPass: fullPassOf(state), tail: tailAt(pass, state.topPlace) },
    head: null,
    topPlace: state.topPlace + placesOfAWalk,
    coveredFrom: null,
    rows: 0,
    deficit: 0,
    unread: 0,
    unreadShape: null,
  };
}
