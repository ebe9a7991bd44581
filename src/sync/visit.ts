import type { Client } from '../api/client.ts';
import type { Clock } from '../clock.ts';
import { StoppedError } from '../errors.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import type { Store } from '../mirror/store.ts';
import { type ListState, tailAnew } from '../mirror/sync-state.ts';
import { goOn, newWay, whyEndless, whyIll } from './advance.ts';
import { headMoved, isAsExpected, tailMoved } from './list-progress.ts';
import type { PutOutcome } from './list-rows.ts';
import type { Leisure, ListVisit } from './list-visit.ts';
import type { ListPage, SyncedList } from './lists.ts';
import {
  areUnreadFewer,
  endOfList,
  isWhole,
  isWipe,
  judgePage,
  type Move,
  maxMismatches,
  nextMove,
  pageOffset,
  seenOf,
  type Visit,
  type Walk,
  type WipeSigns,
} from './plan.ts';
import { whyFull } from './quota.ts';
import type { PageCount } from './tally.ts';
import { unreadSettled, unreadTold } from './unread.ts';
import { markWiped } from './wipe.ts';

export interface VisitDeps {
  client: Client;
  store: Store;
  clock: Clock;
  pageSize: number;
  /** The agent as the agents list told of it when the pass began, and when that was (Unix seconds). */
  agent: StoredAgent;
  beganAt: number;
  full: boolean;
  /** The agents list has lost agents since it was last read. */
  agentsVanished: boolean;
  priority: number;
  /** Rows from before this time (Unix seconds) are too old to keep; 0: none are. */
  keepFrom: number;
  /** A walk goes on to its end: somebody waits for what could not be read. */
  rereads: boolean;
  /** How large the mirror may become. */
  maxBytes: number;
  /** What the pass may spend on walks that nothing but a list's age demands. */
  leisure: Leisure;
  onPage: (page: PageCount & { unread: readonly string[] }) => void;
}

export function createListVisit(synced: SyncedList, deps: VisitDeps): ListVisit {
  const list = synced.name;
  const { client, store, clock, pageSize, agent, beganAt, keepFrom, leisure } = deps;
  const visit: Visit = {
    full: deps.full,
    headFirst: false,
    headSeen: false,
    total: null,
    mismatches: 0,
    mayCheckEnd: store.lists[list].order !== undefined && store.syncState.read(agent.id, list).rows > pageSize,
    mayWalk: true,
  };
  /** What is remembered of the pass under way; another pass, or another process's page, begins anew. */
  let memory = freshMemory(0);
  /** Rows that a page of this list has: fewer than are asked for, where the API gives no more. */
  let size = pageSize;
  let way = newWay;
  /** The head pass that this visit began: one taken over has not read what came in on top since. */
  let ownHead: number | null = null;

  /** Agents are known by their numbers here, which mean nothing any more once the mirror was emptied. */
  function write<Result>(work: () => Result): Result {
    return store.write(() => {
      if (store.agents.find(agent.agentId)?.id !== agent.id)
        throw new StoppedError('the mirror was reset meanwhile; the next pass fills it again');
      return work();
    });
  }

  const rowsOf = store.lists[list];

  async function walk(kind: Walk['kind'], begin: boolean, state: ListState, signal: AbortSignal): Promise<void> {
    const cursor = begin ? 0 : kind === 'head' ? state.headCursor : state.tailCursor;
    demandRoom(kind, cursor, state);
    const endless = whyEndless(way, state.rows, size);
    if (endless) throw endless;
    const canWait = kind === 'tail' && isWhole(state);
    if (canWait) leisure.pages -= 1;
    const page = await synced.fetch(client, agent.agentId, {
      offset: pageOffset(cursor, size),
      limit: pageSize,
      signal,
      priority: canWait ? leisure.priority : deps.priority,
    });
    const committed = write(() => commit(kind, begin, cursor, state, page));
    if (page.hasMore && page.size > 0) size = page.size;
    if (!committed) {
      memory = freshMemory(0);
      return;
    }
    visit.total = page.total;
    if (begin && kind === 'tail') visit.full = false;
    if (begin && kind === 'head') ownHead = committed.pass;
    if (kind === 'head' ? committed.ended && committed.pass === ownHead : cursor === 0) visit.headSeen = true;
    if (committed.isBetter) visit.full = true;
    deps.onPage(committed);
    if (committed.ill) throw committed.ill;
  }

  /** Rows further down are left out where the mirror is full: the list rests, and covers what it has. */
  function demandRoom(kind: Walk['kind'], cursor: number, state: ListState): void {
    const full = whyFull(store.usedBytes(), deps.maxBytes, cursor > 0 && (kind === 'head' || !isWhole(state)));
    if (!full) return;
    // The next visit begins at the top again, where the newest rows are.
    if (!full.stopsThePass) rest(false, kind === 'head' ? { headPass: null, headCursor: 0 } : {});
    throw full;
  }

  /** Stores a page and how far its pass has come, together. Nothing, if another process moved the pass on meanwhile. */
  function commit(kind: Walk['kind'], begin: boolean, cursor: number, expected: ListState, page: ListPage) {
    const state = store.syncState.read(agent.id, list);
    if (!isAsExpected(state, expected)) return undefined;
    const pass = (begin ? null : kind === 'head' ? state.headPass : state.tailPass) ?? store.syncState.nextPass();
    const found = page.find(store, agent.id, keepFrom);
    if (memory.pass !== pass || cursor === 0) memory = freshMemory(pass);
    const { streak, gaps } = memory;
    const seen = { ...page, findings: found.findings, pageSize: size };
    const step = { kind, pass, cursor, streak, gaps };
    const walked = judgePage(step, state, seen);
    const passed = { ...seen, walk: step, outcome: walked };
    way = goOn(way, passed);
    if (walked.loose) {
      visit.headFirst = true;
      visit.headSeen = false;
      return undefined;
    }
    const unread = memory.unread + walked.unread;
    memory = { pass, streak: walked.streak, gaps: walked.gap ? gaps + 1 : 0, unread };
    const topPlace = begin ? state.topPlace + placesOfAWalk : state.topPlace;
    const stored = walked.gap
      ? undefined
      : found.put({
          agent: agent.id,
          pass,
          keepsPass: (known) => kind === 'head' && (known <= state.donePass || known === state.tailPass),
          place: begin ? topPlace : kind === 'head' ? state.headPlace : state.tailPlace,
        });
    const shown = { ...page, isNameless: found.isNameless };
    const moved =
      kind === 'head' ? headMoved(state, pass, walked, page) : tailMoved(state, pass, cursor, walked, shown);
    const keptFrom = walked.old > 0 ? Math.max(state.keptFrom, keepFrom) : state.keptFrom;
    const next = stored && (kind === 'head' ? { headPlace: stored.nextPlace } : { tailPlace: stored.nextPlace });
    const told = unreadTold(moved, unread, found.unread);
    store.syncState.save({ ...moved, ...next, ...told, topPlace, keptFrom, rows: state.rows + (stored?.added ?? 0) });
    // A second wipe before the lists were read after the first is found out when they were.
    if (stored && isWipe(wipeSigns(state, page, stored)) && !store.syncState.isReplacing())
      markWiped(store, clock.now());
    const remaining = walked.ended ? 0 : Math.max(0, kind === 'tail' ? page.total - walked.cursor : 0);
    const received = walked.gap ? 0 : page.size;
    const ill = whyIll(way, passed, () => rowsOf.countSince(agent.id, pass + 1));
    const counts = { received, added: stored?.added ?? 0, remaining, bad: unread };
    const isBetter = kind === 'head' && areUnreadFewer(state.unread, page.total, page.size - found.unread.length);
    return { pass, ended: walked.ended, isBetter, ill, unread: found.unread, ...counts };
  }

  const wipeSigns = (before: ListState, page: ListPage, stored: PutOutcome): WipeSigns => ({
    changed: stored.changed,
    total: page.total,
    expected: before.rows + before.deficit + stored.added,
    agentsVanished: deps.agentsVanished,
  });

  /**
   * Looks where the mirror's part of the list should end upstream. If nothing above that has moved, what the mirror has
   * below was dropped there, where the oldest rows are.
   */
  async function checkEnd(expected: ListState, signal: AbortSignal): Promise<void> {
    visit.mayCheckEnd = false;
    const total = visit.total ?? 0;
    const offset = Math.max(0, Math.min(total, expected.rows + 1) - size);
    const { priority } = deps;
    const page = await synced.fetch(client, agent.agentId, { offset, limit: pageSize, signal, priority });
    write(() => {
      const state = store.syncState.read(agent.id, list);
      if (!isAsExpected(state, expected) || page.total !== total) return;
      const { order } = rowsOf;
      const end = order && endOfList({ ...page.find(store, agent.id, keepFrom), hasMore: page.hasMore }, offset);
      if (!order || !end) return;
      const { above, below } = order.countAround(agent.id, end.place);
      if (above !== end.offset || (below > 0 && !end.isLast)) return;
      const rows = state.rows - order.markBelow(agent.id, end.place, clock.now(), keepFrom);
      store.syncState.save({ ...state, rows, deficit: total - rows });
    });
  }

  /** The tail pass has seen the whole list: what upstream dropped is marked (after a wipe: removed), if counts agree. */
  function settle(accept: boolean): void {
    write(() => {
      const state = store.syncState.read(agent.id, list);
      if (state.tailPass === null || !state.tailEnded || visit.total === null) return;
      const agrees = rowsOf.countSince(agent.id, state.tailPass) + state.tailBad === visit.total;
      if (!agrees && !accept) {
        visit.mismatches += 1;
        visit.headSeen = false;
        // Reading the top again explains rows that arrived meanwhile. If that was tried, the list is read anew.
        if (visit.mismatches % 2 === 0)
          store.syncState.save({ ...state, ...tailAnew, tailPass: store.syncState.nextPass() });
        return;
      }
      if (state.tailReplaces) rowsOf.removeUnseen(agent.id, state.tailPass);
      // A row that is known by no id may be any of those that were not seen.
      else if (agrees && !state.tailNameless) rowsOf.markUnseen(agent.id, state.tailPass, clock.now(), keepFrom);
      const rows = rowsOf.countLive(agent.id);
      const keptFrom = state.tailBad > 0 ? Math.min(state.keptFrom, keepFrom) : 0;
      const settled = {
        ...state,
        ...tailAnew,
        tailPass: null,
        tailReplaces: false,
        donePass: Math.max(state.donePass, state.tailPass),
        fullPass: state.tailPass,
        fullAt: clock.now(),
        coveredFrom: state.headPass === null ? keptFrom : state.coveredFrom,
        keptFrom,
        rows,
        deficit: visit.total - rows,
        unread: state.tailUnread,
      };
      store.syncState.save({ ...settled, ...unreadSettled(settled) });
    });
  }

  /** The list is as the API's, so far as it can be told: it may be left alone until the agent moves again. */
  function rest(accept: boolean, moved: Partial<ListState> = {}): void {
    write(() => {
      const state = store.syncState.read(agent.id, list);
      const deficit = accept && visit.total !== null ? visit.total - state.rows : state.deficit;
      const rested = { ...state, ...moved, ...seen(), deficit, completedAt: clock.now(), ...noError };
      store.syncState.save({ ...rested, ...unreadSettled(rested) });
    });
  }

  const seen = () => ({ seen: seenOf(agent), beganAt });

  async function step(signal: AbortSignal): Promise<boolean> {
    const state = store.syncState.read(agent.id, list);
    visit.mayWalk = leisure.pages > 0 || deps.rereads;
    const move: Move = nextMove(state, visit);
    if (move.do === 'rest' || move.do === 'accept') {
      rest(move.do === 'accept');
      return false;
    }
    if (move.do === 'look again') {
      visit.mismatches += 1;
      visit.headSeen = false;
      return true;
    }
    if (move.do === 'settle') {
      settle(visit.mismatches >= maxMismatches);
      return true;
    }
    if (move.do === 'check end') {
      await checkEnd(state, signal);
      return true;
    }
    if (move.kind === 'tail') {
      if (move.begin && !visit.full && state.fullPass !== 0) visit.mismatches += 1;
    }
    await walk(move.kind, move.begin, state, signal);
    return true;
  }

  function fail(kind: string, message: string): void {
    write(() => {
      const state = store.syncState.read(agent.id, list);
      const failed = { ...state, errorKind: kind, error: message, errorAt: clock.now() };
      // A list that is not there stays so: it is asked for again when the agent moves.
      const hasNothing = kind === 'not_found' && state.rows === 0;
      store.syncState.save(
        hasNothing
          ? { ...failed, ...seen(), ...tailAnew, headPass: null, tailPass: null, tailReplaces: false }
          : failed,
      );
    });
  }

  return { agentId: agent.agentId, list, step, fail };
}

const freshMemory = (pass: number) => ({ pass, streak: 0, gaps: 0, unread: 0 });
/** As many as no walk reads rows, and few enough that a safe integer holds the places of a hundred million walks. */
const placesOfAWalk = 2 ** 26;
const noError = { errorKind: null, error: null, errorAt: null } as const;
