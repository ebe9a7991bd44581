import { isWhole, type ListState, tailOf } from '../mirror/list-state.ts';
import { endlessError, goOn, illError } from './advance.ts';
import type { PutOutcome } from './list-rows.ts';
import type { FoundPage, ListPage } from './lists.ts';
import { hasFewerUnread, isAsExpected, judgePage, type PageOutcome, pageOffset, type Walk } from './plan.ts';
import { fullError } from './quota.ts';
import { advanced, headBegun, tailBegun, withoutHead } from './transitions.ts';
import { freshMemory, readState, rest, type VisitState, writeOf } from './visit-state.ts';
import { isWipe, markWiped, type WipeSigns } from './wipe.ts';

/** A page of a walk: which walk, whether the walk begins with it, and the state of the list when we requested it. */
interface Step {
  kind: Walk['kind'];
  begins: boolean;
  expected: ListState;
}

const walkOf = (state: ListState, kind: Walk['kind']) => (kind === 'head' ? state.head : tailOf(state));

/** Requests the next page of a walk, and stores it with the walk's progress. */
export async function walk(
  visit: VisitState,
  kind: Walk['kind'],
  begins: boolean,
  expected: ListState,
  signal: AbortSignal,
): Promise<void> {
  const { list, deps, seen } = visit;
  const cursor = begins ? 0 : (walkOf(expected, kind)?.cursor ?? 0);
  demandRoom(visit, kind, cursor, expected);
  const endless = endlessError(visit.way, expected.rows, visit.size);
  if (endless) throw endless;
  const canWait = kind === 'tail' && isWhole(expected);
  if (canWait) deps.idleBudget.pages -= 1;
  const page = await list.fetch(deps.client, deps.agent.agentId, {
    offset: pageOffset(cursor, visit.size),
    limit: deps.pageSize,
    signal,
    priority: canWait ? deps.idleBudget.priority : deps.priority,
  });
  const committed = writeOf(visit, () => commit(visit, { kind, begins, expected }, page));
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
  const { store, maxBytes } = visit.deps;
  const full = fullError(store.usedBytes(), maxBytes, cursor > 0 && (kind === 'head' || !isWhole(state)));
  if (!full) return;
  if (!full.stopsThePass) rest(visit, kind === 'head' ? withoutHead : undefined);
  throw full;
}

/** Stores a page and its pass's progress together. Stores nothing if another process moved the pass on meanwhile. */
function commit(visit: VisitState, step: Step, page: ListPage) {
  const { deps, rows } = visit;
  const { kind, begins, expected } = step;
  const { store, agent, keepFrom } = deps;
  const known = readState(visit);
  if (!isAsExpected(known, expected)) return undefined;
  const begin = kind === 'head' ? headBegun : tailBegun;
  const state = begins ? begin(known, store.syncState.nextPass()) : known;
  const walk = walkOf(state, kind);
  if (!walk) return undefined;
  const { pass, cursor } = walk;
  const found = page.find(store, agent.id, keepFrom);
  if (visit.memory.pass !== pass || cursor === 0) visit.memory = freshMemory(pass);
  const { streak, gaps } = visit.memory;
  const shown = { ...page, findings: found.findings, pageSize: visit.size };
  const walked = { kind, pass, cursor, streak, gaps };
  // A walk that begins is judged by what was joined before it.
  const outcome = judgePage(walked, known, shown);
  const passed = { ...shown, walk: walked, outcome };
  visit.way = goOn(visit.way, passed, () => rows.countSince(agent.id, pass));
  if (outcome.loose) {
    visit.seen.headFirst = true;
    visit.seen.headSeen = false;
    return undefined;
  }
  const unread = visit.memory.unread + outcome.unread;
  visit.memory = { pass, streak: outcome.streak, gaps: outcome.gap ? gaps + 1 : 0, unread };
  const stored = storePage(visit, state, { ...walked, place: walk.place, outcome, unread }, page, found);
  const remaining = outcome.ended ? 0 : Math.max(0, kind === 'tail' ? page.total - outcome.cursor : 0);
  const received = outcome.gap ? 0 : page.size;
  const ill = illError(visit.way, passed, () => rows.countSince(agent.id, pass + 1));
  const isBetter = kind === 'head' && hasFewerUnread(state.unread, page.total, page.size - found.unread.length);
  const counts = { received, added: stored?.added ?? 0, remaining, bad: unread };
  return { pass, ended: outcome.ended, isBetter, ill, unread: found.unread, ...counts };
}

interface WalkedPage extends Pick<Walk, 'kind' | 'pass'> {
  place: number | null;
  outcome: PageOutcome;
  /** How many unread rows the pass has met up to here. */
  unread: number;
}

/** Stores the rows of a page, unless rows are missing above it, and the state of the list after it. */
function storePage(
  { deps }: VisitState,
  state: ListState,
  { kind, pass, place, outcome, unread }: WalkedPage,
  page: ListPage,
  found: FoundPage,
): PutOutcome | undefined {
  const { store, agent, keepFrom, clock, agentsVanished } = deps;
  const keepsPass = (known: number) => kind === 'head' && (known <= state.donePass || known === tailOf(state)?.pass);
  const stored = outcome.gap
    ? undefined
    : found.put({ agent: agent.id, pass, keepsPass, isWhole: kind === 'tail', place });
  const { unread: shapes, isNameless } = found;
  const read = { outcome, reach: page.reach, shapes, isNameless, unread, stored, keepFrom };
  store.syncState.save(advanced(state, kind, read));
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
