import type { ListState } from '../mirror/sync-state.ts';
import { goOn, whyEndless, whyIll } from './advance.ts';
import { headMoved, isAsExpected, tailMoved } from './list-progress.ts';
import type { PutOutcome } from './list-rows.ts';
import type { FoundPage, ListPage } from './lists.ts';
import { areUnreadFewer, isWhole, judgePage, type PageOutcome, pageOffset, seenOf, type Walk } from './plan.ts';
import { whyFull } from './quota.ts';
import { unreadTold } from './unread.ts';
import { freshMemory, readState, rest, type VisitState, writeOf } from './visit-state.ts';
import { isWipe, markWiped, type WipeSigns } from './wipe.ts';

/** A page of a walk: which walk, whether the walk begins with it, and the state of the list when we requested it. */
interface Step {
  kind: Walk['kind'];
  begins: boolean;
  cursor: number;
  expected: ListState;
}

/** No walk reads this many rows, and a safe integer still holds the places of a hundred million walks. */
const placesOfAWalk = 2 ** 26;

/** Requests the next page of a walk, and stores it with the walk's progress. */
export async function walk(
  visit: VisitState,
  kind: Walk['kind'],
  begins: boolean,
  expected: ListState,
  signal: AbortSignal,
): Promise<void> {
  const { list, deps, seen } = visit;
  const cursor = begins ? 0 : kind === 'head' ? expected.headCursor : expected.tailCursor;
  demandRoom(visit, kind, cursor, expected);
  const endless = whyEndless(visit.way, expected.rows, visit.size);
  if (endless) throw endless;
  const canWait = kind === 'tail' && isWhole(expected);
  if (canWait) deps.idleBudget.pages -= 1;
  const page = await list.fetch(deps.client, deps.agent.agentId, {
    offset: pageOffset(cursor, visit.size),
    limit: deps.pageSize,
    signal,
    priority: canWait ? deps.idleBudget.priority : deps.priority,
  });
  const committed = writeOf(visit, () => commit(visit, { kind, begins, cursor, expected }, page));
  if (page.hasMore && page.size > 0) visit.size = page.size;
  if (!committed) {
    visit.memory = freshMemory(0);
    return;
  }
  seen.total = page.total;
  if (begins && kind === 'tail') seen.full = false;
  if (begins && kind === 'head') visit.ownHead = committed.pass;
  if (kind === 'head' ? committed.ended && committed.pass === visit.ownHead : cursor === 0) seen.headSeen = true;
  if (committed.isBetter) seen.full = true;
  deps.onPage(committed);
  if (committed.ill) throw committed.ill;
}

/** A full mirror leaves out rows further down: the list rests, and covers what it has. */
function demandRoom(visit: VisitState, kind: Walk['kind'], cursor: number, state: ListState): void {
  const { store, maxBytes, agent, beganAt } = visit.deps;
  const full = whyFull(store.usedBytes(), maxBytes, cursor > 0 && (kind === 'head' || !isWhole(state)));
  if (!full) return;
  // The next visit begins at the top again, where the newest rows are.
  const moved = kind === 'head' ? { headPass: null, headCursor: 0 } : {};
  if (!full.stopsThePass) rest(visit, false, { ...moved, seen: seenOf(agent), beganAt });
  throw full;
}

/** Stores a page and its pass's progress together. Stores nothing if another process moved the pass on meanwhile. */
function commit(visit: VisitState, step: Step, page: ListPage) {
  const { deps, rows } = visit;
  const { kind, begins, cursor } = step;
  const { store, agent, keepFrom } = deps;
  const state = readState(visit);
  if (!isAsExpected(state, step.expected)) return undefined;
  const pass = (begins ? null : kind === 'head' ? state.headPass : state.tailPass) ?? store.syncState.nextPass();
  const found = page.find(store, agent.id, keepFrom);
  if (visit.memory.pass !== pass || cursor === 0) visit.memory = freshMemory(pass);
  const { streak, gaps } = visit.memory;
  const shown = { ...page, findings: found.findings, pageSize: visit.size };
  const walked = { kind, pass, cursor, streak, gaps };
  const outcome = judgePage(walked, state, shown);
  const passed = { ...shown, walk: walked, outcome };
  visit.way = goOn(visit.way, passed);
  if (outcome.loose) {
    visit.seen.headFirst = true;
    visit.seen.headSeen = false;
    return undefined;
  }
  const unread = visit.memory.unread + outcome.unread;
  visit.memory = { pass, streak: outcome.streak, gaps: outcome.gap ? gaps + 1 : 0, unread };
  const stored = storePage(visit, state, { ...step, pass, outcome, unread }, page, found);
  const remaining = outcome.ended ? 0 : Math.max(0, kind === 'tail' ? page.total - outcome.cursor : 0);
  const received = outcome.gap ? 0 : page.size;
  const ill = whyIll(visit.way, passed, () => rows.countSince(agent.id, pass + 1));
  const isBetter = kind === 'head' && areUnreadFewer(state.unread, page.total, page.size - found.unread.length);
  const counts = { received, added: stored?.added ?? 0, remaining, bad: unread };
  return { pass, ended: outcome.ended, isBetter, ill, unread: found.unread, ...counts };
}

/** Stores the rows of a page, unless rows are missing above it, and the state of the list after it. */
function storePage(
  { deps }: VisitState,
  state: ListState,
  { kind, begins, cursor, pass, outcome, unread }: Step & { pass: number; outcome: PageOutcome; unread: number },
  page: ListPage,
  found: FoundPage,
): PutOutcome | undefined {
  const { store, agent, keepFrom, clock, agentsVanished } = deps;
  const topPlace = begins ? state.topPlace + placesOfAWalk : state.topPlace;
  const stored = outcome.gap
    ? undefined
    : found.put({
        agent: agent.id,
        pass,
        keepsPass: (known) => kind === 'head' && (known <= state.donePass || known === state.tailPass),
        place: begins ? topPlace : kind === 'head' ? state.headPlace : state.tailPlace,
      });
  const moved =
    kind === 'head'
      ? headMoved(state, pass, outcome, page)
      : tailMoved(state, pass, cursor, outcome, { ...page, isNameless: found.isNameless });
  const keptFrom = outcome.old > 0 ? Math.max(state.keptFrom, keepFrom) : state.keptFrom;
  const next = stored && (kind === 'head' ? { headPlace: stored.nextPlace } : { tailPlace: stored.nextPlace });
  const told = unreadTold(moved, unread, found.unread);
  store.syncState.save({ ...moved, ...next, ...told, topPlace, keptFrom, rows: state.rows + (stored?.added ?? 0) });
  // If a second wipe happens before the lists are read after the first, we detect it once they have been read.
  if (stored && isWipe(wipeSigns(state, page, stored, agentsVanished)) && !store.syncState.isReplacing())
    markWiped(store, clock.now());
  return stored;
}

const wipeSigns = (before: ListState, page: ListPage, stored: PutOutcome, agentsVanished: boolean): WipeSigns => ({
  changed: stored.changed,
  total: page.total,
  expected: before.rows + before.deficit + stored.added,
  agentsVanished,
});
