import type { StoredAgent } from '../mirror/agents.ts';
import { isWhole, type ListState, type TailWalk, tailOf } from '../mirror/list-state.ts';

/**
 * What to do next, and when to stop. Everything here is pure: the state comes in as data, a decision comes out.
 *
 *     never read ── first visit ──> filling ── end, counts agree ──> whole <── settled ── reconciling
 *                                                                      └── due, --full, or counts differ ──^
 *     whole, reconciling ── a row was lost to another list ──> filling
 *     any ── the backend was wiped ──> replacing ── end: the unseen is removed ──> whole
 *     on top of any: joining (a head pass), whenever new rows may have come
 *
 * Lists are newest first, in an order (of analysis) that the API does not show, and move while they are read: rows that
 * arrive push older ones onto later pages, rows that are deleted pull them onto earlier ones. So each page is asked for
 * with some rows of the one before, which must be there again; and each walk's count is held against the list's total.
 */

/** How many rows of the page before each page repeats. More than one, because rows of one moment come in any order. */
export const overlap = 10;

/** How a page's row relates to the mirror. */
export type Finding =
  /** Malformed, so we could not read it, and not in the mirror as far as we can tell. */
  | 'bad'
  /** Older than what we keep: we leave it alone, whether it is in the mirror or not. */
  | 'old'
  /** Not in the mirror, gone from it, or another row under the same id. */
  | 'new'
  /**
   * In the mirror, from this pass; `isUnread`: what the list shows of it now is malformed; `hasMoved`: it stands higher than it
   * did, or has changed as rows do that went up.
   */
  | { pass: number | null; isUnread?: boolean; hasMoved?: boolean };

export interface Walk {
  kind: 'head' | 'tail';
  /** The number of the pass. */
  pass: number;
  /** The offset up to which the pass has read. */
  cursor: number;
  /** How many consecutive rows, at the end of the part we read, were joined to the top already. */
  streak: number;
  /** How many consecutive pages, up to here, did not join the page before. */
  gaps: number;
}

export interface PageOutcome {
  /**
   * A tail pass over a list that was whole began with new rows only: if it ended here, it would leave a gap below them,
   * and the list would no longer be whole. Store nothing, and let a head pass join them first.
   */
  loose: boolean;
  /** Rows are missing between this page and the one before: go back, and store nothing of this page. */
  gap: boolean;
  cursor: number;
  streak: number;
  /** The walk is over: at the end of the list, or (a head pass) at rows that are joined to the top. */
  ended: boolean;
  /**
   * Unreadable rows in the part of the list that this page adds: those that the mirror does not hold, and all of them.
   */
  bad: number;
  unread: number;
  /** Rows too old to keep in that part and, if the walk ends at them, in everything below. */
  old: number;
}

/**
 * Where the next page of a walk begins; `pageSize` is how many rows a page of this list has, which may be fewer than we
 * ask for.
 */
export function pageOffset(cursor: number, pageSize: number): number {
  return Math.max(0, cursor - Math.min(overlap, Math.floor((2 * pageSize) / 3)));
}

/** Whether everything from the list's top down to this row is in the mirror. */
export function isJoined(finding: Finding, state: ListState): boolean {
  if (typeof finding === 'string' || finding.pass === null) return false;
  return finding.pass <= state.donePass || finding.pass === tailOf(state)?.pass;
}

/** Whether the row says nothing about how the list and the mirror connect. */
const isMute = (finding: Finding) => finding === 'bad' || finding === 'old';

/** Whether the row was unreadable in the list. */
const isUnread = (finding: Finding) => (typeof finding === 'string' ? finding === 'bad' : finding.isUnread === true);

const hasMoved = (finding: Finding) => typeof finding !== 'string' && finding.hasMoved === true;

/** Whether the walk, or a later one, has read the row. */
export function wasRead(finding: Finding, walk: Pick<Walk, 'kind' | 'pass'>): boolean {
  if (typeof finding === 'string' || finding.pass === null) return false;
  return walk.kind === 'tail' ? finding.pass >= walk.pass : finding.pass === walk.pass;
}

/**
 * Judges a page requested at `pageOffset(walk.cursor, page.pageSize)`.
 * A head pass stops after a page's length of rows that are joined to the top. Rows of an unfinished pass are not
 * joined: there may be a gap below them. A tail pass goes to the end of the list. Both end at a page where all rows are
 * too old to keep.
 */
export function judgePage(
  walk: Walk,
  state: ListState,
  page: { findings: readonly Finding[]; total: number; hasMore: boolean; pageSize: number },
): PageOutcome {
  const offset = pageOffset(walk.cursor, page.pageSize);
  const repeated = page.findings.slice(0, walk.cursor - offset).find((finding) => !isMute(finding));
  const isEmpty = page.findings.length === 0;
  const isNext = (row: Finding) => wasRead(row, walk) || (walk.kind === 'head' && isJoined(row, state));
  if (offset > 0 && (isEmpty || (repeated !== undefined && !isNext(repeated)))) {
    return {
      loose: false,
      gap: true,
      cursor: Math.max(0, walk.cursor - page.pageSize * 2 ** walk.gaps),
      streak: 0,
      ended: false,
      bad: 0,
      unread: 0,
      old: 0,
    };
  }
  let { streak } = walk;
  let bad = 0;
  let unread = 0;
  let old = 0;
  const added = page.findings.slice(walk.cursor - offset);
  // If the list has as many rows as before, its unreadable rows are the same as before: a head pass need not look for
  // the end of them, which may be the end of the list.
  const isAsKnown = walk.kind === 'head' && isWhole(state) && page.total === state.rows + state.deficit;
  for (const finding of added) {
    if (isUnread(finding)) unread += 1;
    if (finding === 'old') {
      old += 1;
      streak += 1;
    } else if (finding === 'bad') {
      if (walk.kind === 'tail' || streak === 0) bad += 1;
      if (streak > 0 || isAsKnown) streak += 1;
    } else {
      streak = isJoined(finding, state) && !hasMoved(finding) ? streak + 1 : 0;
    }
  }
  const cursor = offset + page.findings.length;
  const isAllOld = old > 0 && added.every(isMute);
  // Where we have reached the total but the API announces more, one more page shows which of the two is wrong.
  const isPastTotal = cursor >= page.total && added.length === 0;
  const atEnd = !page.hasMore || isEmpty || isAllOld || isPastTotal;
  const ended = atEnd || (walk.kind === 'head' && streak >= page.pageSize);
  const last = page.findings.findLast((finding) => !isMute(finding));
  // A page without a readable row leaves no gap: we store none of it.
  const isLoose = last === undefined ? !added.includes('bad') : !isJoined(last, state);
  const loose = walk.kind === 'tail' && walk.cursor === 0 && isWhole(state) && !atEnd && isLoose;
  if (isAllOld) old += Math.max(0, page.total - cursor);
  return { loose, gap: false, cursor, streak, ended, bad, unread, old };
}

/** Where the mirror's part of a list ends upstream, as far as one page shows. */
export interface ListEnd {
  /** The place in the mirror and the offset upstream of the last row that both have. */
  place: number;
  offset: number;
  /** No row that we would keep comes after it. */
  isLast: boolean;
}

/**
 * Finds the end of the mirror's part of a list on a page at `offset`, where we expect it. `places` has a place for each
 * row that is in the mirror. Undefined: the page differs from what the mirror has.
 */
export function endOfList(
  page: { findings: readonly Finding[]; places: readonly (number | null)[]; hasMore: boolean },
  offset: number,
): ListEnd | undefined {
  const end = page.findings.findIndex(isMute);
  const count = end < 0 ? page.findings.length : end;
  const places = page.places.slice(0, count);
  const place = places.at(-1);
  // An unreadable row may be any of those that the mirror has below.
  if (place == null || !page.findings.slice(count).every((finding) => finding === 'old')) return undefined;
  const isInOrder = places.every((one, index) => {
    const above = index === 0 ? Number.POSITIVE_INFINITY : places[index - 1];
    return one !== null && above != null && one < above;
  });
  if (!isInOrder || page.findings.slice(0, count).includes('new')) return undefined;
  return { place, offset: offset + count - 1, isLast: !page.hasMore || page.findings.includes('old') };
}

/**
 * Whether more of the list's rows are readable now than `unread` unreadable ones would leave: a page at the top of the
 * list holds `good` readable rows.
 */
export function hasFewerUnread(unread: number, total: number, good: number): boolean {
  return unread > 0 && good > total - unread;
}

/** What a visit to a list has seen so far. */
export interface Visit {
  /** Walk the whole list, whatever the state says. */
  full: boolean;
  /** A head pass must join new rows to the rest before a tail pass begins. */
  headFirst: boolean;
  /** This visit has read the top of the list. */
  headSeen: boolean;
  /** The list's total in the latest answer. */
  total: number | null;
  /** How often the counts disagreed. */
  mismatches: number;
  /**
   * A look at the list's end may explain why its total shrank: the list is long, and this visit has not looked there
   * yet.
   */
  mayCheckEnd: boolean;
  /** A walk that only the list's age calls for may go on in this pass. */
  mayWalk: boolean;
}

export type Move =
  | { do: 'walk'; kind: 'head' | 'tail'; begin: boolean }
  /** The tail pass is at its end: compare what it saw with the total. */
  | { do: 'settle' }
  /** The counts disagree: rows may have come in on top since we read it. */
  | { do: 'look again' }
  /** The total shrank: the API may have dropped rows at the end of the list, where the oldest are. */
  | { do: 'check end' }
  /** The counts disagree, and reading again did not help: accept the difference. */
  | { do: 'accept' }
  | { do: 'rest' };

/** Reading again settles what moved meanwhile; with a limit, because a count may never agree. */
export const maxMismatches = 4;

/** The next move in a visit to a list. Newest rows first: a head pass comes before the rest of a tail pass. */
export function nextMove(state: ListState, visit: Visit): Move {
  const { phase, head } = state;
  if (head) return { do: 'walk', kind: 'head', begin: false };
  if (visit.headFirst && !visit.headSeen) return { do: 'walk', kind: 'head', begin: true };
  // A running tail pass began before this visit: it has not seen what changed above its cursor since.
  if (visit.full || phase.is === 'never read') return { do: 'walk', kind: 'tail', begin: true };
  const startsAtTop = phase.is !== 'whole' && phase.tail.cursor === 0 && !phase.tail.hasEnded;
  if (!visit.headSeen && !startsAtTop) return { do: 'walk', kind: 'head', begin: true };
  const excess = visit.total === null ? 0 : visit.total - state.rows - state.deficit;
  if (excess < 0 && visit.mayCheckEnd && isWhole(state)) return { do: 'check end' };
  switch (phase.is) {
    case 'whole':
      return nextOfWhole(excess, visit.mismatches);
    case 'reconciling':
      if (!phase.tail.hasEnded && !visit.mayWalk && visit.headSeen && excess === 0) return { do: 'rest' };
      return nextOfTail(phase.tail);
    default:
      return nextOfTail(phase.tail);
  }
}

const nextOfTail = ({ hasEnded }: TailWalk): Move =>
  hasEnded ? { do: 'settle' } : { do: 'walk', kind: 'tail', begin: false };

/** `excess` is how far the total is above what the mirror has plus what we know it lacks. */
function nextOfWhole(excess: number, mismatches: number): Move {
  if (excess === 0) return { do: 'rest' };
  if (mismatches >= maxMismatches) return { do: 'accept' };
  return mismatches % 2 === 0 ? { do: 'look again' } : { do: 'walk', kind: 'tail', begin: true };
}

/** Whether a pass must first walk the whole list: a wipe, or a row that the list lost, voided it meanwhile. */
export function needsFullWalk(state: ListState | undefined): boolean {
  return state?.phase.is === 'filling' || state?.phase.is === 'replacing';
}

/** What the agents list shows of an agent that changes when one of its lists does. */
export const seenOf = ({
  runCount,
  signalCount,
  lastSeen,
  goneAt,
}: Pick<StoredAgent, 'runCount' | 'signalCount' | 'lastSeen' | 'goneAt'>): string =>
  JSON.stringify([runCount, signalCount, lastSeen, goneAt]);

/**
 * Whether we must read an agent's list. We may skip it only if the agents list shows the same for the agent as when we
 * last read the list whole, and that was longer than `settleSeconds` after the agent was last seen: runs and signals
 * still turn up after `last_seen` and the counts have stopped moving.
 */
export function needsVisit(agent: StoredAgent, state: ListState | undefined, settleSeconds: number): boolean {
  if (!state || state.beganAt === null) return true;
  if (state.head || tailOf(state)) return true;
  if (state.errorKind !== null && state.errorKind !== 'not_found') return true;
  return (
    state.seen !== seenOf(agent) ||
    (agent.goneAt === null && agent.lastSeen !== null && state.beganAt <= agent.lastSeen + settleSeconds)
  );
}

/** Whether the list is still as it was when we requested a page: no other process has read on meanwhile. */
export const isAsExpected = (state: ListState, expected: ListState) => progressOf(state) === progressOf(expected);

function progressOf({ phase, head, donePass }: ListState): string {
  const tail = tailOf({ phase });
  return JSON.stringify([head?.pass, head?.cursor, tail?.pass, tail?.cursor, tail?.hasEnded, donePass]);
}
