import { expect } from 'vitest';
import { z } from 'zod';
import type { Clock } from '../../src/clock.ts';
import type { Mirror } from '../../src/db/open.ts';
import type { ListName } from '../../src/lists/names.ts';
import { type ListRow, rowOf } from '../../src/mirror/list-state.ts';
import type { Store } from '../../src/mirror/store.ts';
import { apart, createSides, idOf, nameOf, type Row, unlikeRows } from './compare.ts';
import type { SampleBackend } from './customer-api/backend.ts';
import { everyAgentId, type Upstream } from './history.ts';
import { wrongDays } from './recount.ts';

/** Equality, no holes, nothing unread gone (docs/architecture.md), held against a mirror and its API while a history is played. */

const lists: readonly ListName[] = ['runs', 'signals'];
/** What the API no longer tells of a run whose events are gone. */
const expiring = ['started_at', 'completed_at', 'step_count', 'total_tokens', 'cost_usd'];

export interface InvariantDeps {
  clock: Clock;
  backend: SampleBackend;
  upstream: Upstream;
  mirror: () => Mirror;
  store: () => Store;
}

export interface CheckIds {
  isExempt?: (agentId: string) => boolean;
  /** A walk for a list's age may still be under way. */
  mayWalk?: boolean;
  isFull?: boolean;
}

export function createInvariants({ clock, backend, upstream, mirror, store }: InvariantDeps) {
  /** When the passes began, and the last pass number that was given out before. */
  const begun: { at: number; after: number }[] = [];
  /** What the mirror has known of a run's expiring fields. */
  const known = new Map<unknown, Row>();
  const sides = createSides(mirror, backend, upstream.howOf);
  const { view, live, sent, readable } = sides;

  function states(): [string, ListRow][] {
    const ids = new Map(
      store()
        .agents.all()
        .map((agent) => [agent.id, agent.agentId]),
    );
    return store()
      .syncState.all()
      .map((state) => [ids.get(state.agent) ?? '', rowOf(state)]);
  }

  const beginOf = (number: number | null): number =>
    begun.findLast(({ after }) => number !== null && after < number)?.at ?? 0;

  /** Rows that a list has shown: a run's detail may bring others. */
  const listed = (list: ListName, agentId: string): number =>
    z.number().parse(
      mirror()
        .sqlite.prepare(
          `select count(*) from ${list} where gone_at is null and pass is not null
             and agent = (select id from agents where agent_id = ?)`,
        )
        .pluck()
        .get(agentId),
    );

  /** `sync_state.rows` is what a recount gives. */
  function checkCounts(): void {
    for (const [agentId, state] of states()) {
      const counted = listed(state.list, agentId);
      expect({ agentId, list: state.list, rows: state.rows }).toEqual({ agentId, list: state.list, rows: counted });
    }
  }

  /**
   * What is said to be there is there, whatever was cut short: all that is newer than `covered_from` and was there when
   * the head pass began that goes down to it; and all that was there when the last complete visit of the list began.
   */
  function checkHoles(isPromised: boolean): void {
    for (const [agentId, state] of states()) {
      const { list, coveredFrom, headPass, tailPass, donePass, fullPass, beganAt } = state;
      // A list with unread rows does not say that it is whole.
      if (coveredFrom === null || (list === 'runs' && coveredFrom > 0) || state.unread > 0) continue;
      const isQuiet = headPass === null && tailPass === null && isPromised;
      const headAt = headPass === null ? beginOf(donePass) : beginOf(headPass);
      const tailAt = headPass === null && fullPass === 0 ? beginOf(tailPass) : 0;
      const have = new Set(live(list, agentId).map((row) => nameOf(list, row)));
      const holes = readable(list, agentId).filter((row) => {
        if (have.has(nameOf(list, row)) || (list === 'signals' && Number(row.detected_at) <= coveredFrom)) return false;
        const { at, onTop } = upstream.born(list, idOf(list, row));
        return (isQuiet && coveredFrom === 0 && at < (beganAt ?? 0)) || (onTop && at < Math.max(headAt, tailAt));
      });
      const claim = { agentId, list, coveredFrom, headPass, tailPass };
      expect({ ...claim, holes: holes.map((row) => nameOf(list, row)) }).toEqual({ ...claim, holes: [] });
    }
  }

  /** What was known of a run that upstream still lists stays known; without a wipe, so does the rest. */
  function checkNothingLost(): void {
    const now = new Map(view('runs').map((row) => [row.run_id, row]));
    const upstreams = new Set(everyAgentId.flatMap((id) => backend.runs(id).map((row) => row.run_id)));
    for (const [runId, before] of known) {
      const row = now.get(runId);
      if (row === undefined && upstream.wipes > 0 && !upstreams.has(String(runId))) continue;
      if (Object.keys(before).every((name) => isKept(before[name], row?.[name]))) continue;
      expect({ runId, ...row }).toMatchObject({ runId, ...before });
    }
    for (const [runId, row] of now) {
      const told = expiring
        .filter((name) => row[name] !== null && row.started_at !== null)
        .map((name) => [name, row[name]]);
      if (told.length > 0) known.set(runId, Object.fromEntries(told));
    }
  }

  /** In generation 3 late events change what is known of a run, and never make it unknown. */
  function isKept(before: unknown, now: unknown): boolean {
    return backend.generation === 3 ? now !== null && now !== undefined : now === before;
  }

  function checkList(agentId: string, list: ListName, mayWalk: boolean, isFull: boolean): void {
    const agent = store().agents.find(agentId)?.id ?? 0;
    const { rows, deficit, unread, headPass, tailPass } = rowOf(store().syncState.read(agent, list));
    const total = sent(list, agentId).length;
    const unreadable = total - readable(list, agentId).length;
    const claim = { agentId, list };
    const passes = { headPass, tailPass: mayWalk ? null : tailPass };
    expect({ ...claim, total: rows + deficit, ...passes }).toEqual({ ...claim, total, headPass: null, tailPass: null });
    if (isFull) expect({ ...claim, unread }).toEqual({ ...claim, unread: unreadable });
    else if (unread > 0) return;
    const { missing, surplus } = apart(sides, list, agentId);
    const read = new Set(readable(list, agentId));
    // A row that can't be read keeps what the mirror has under its id, a row of a wiped backend too.
    const unreadIds = new Set(sent(list, agentId).flatMap((row) => (read.has(row) ? [] : [String(idOf(list, row))])));
    const isSurplus = (name: string) => !unreadIds.has(name.split(' of ')[0] ?? '');
    const isNameless = sent(list, agentId).some((row) => upstream.howOf(list, String(idOf(list, row))) === 'nameless');
    expect({ ...claim, missing, surplus: isNameless ? [] : surplus.filter(isSurplus) }).toEqual({
      ...claim,
      missing: [],
      surplus: [],
    });
    if (unreadable === 0) expect({ ...claim, rows }).toEqual({ ...claim, rows: total });
  }

  return {
    sides,
    /** To be called before each pass, of whatever process. */
    passBegins: () => {
      begun.push({ at: clock.now(), after: store().syncState.fleet()?.lastPass ?? 0 });
    },
    /**
     * What holds after any pass, however it ended.
     * @param isPromised whether incremental passes alone make the mirror equal, see history.ts.
     */
    checkAlways: (isPromised: boolean) => {
      sides.forget();
      checkCounts();
      checkHoles(isPromised);
      checkNothingLost();
    },
    /**
     * After a pass that nothing disturbed: the rows are the API's, and so is what is noted of the lists. What could not be
     * read keeps no other row from being the API's in a full pass, and in any other it is told.
     */
    checkIds: ({ isExempt = () => false, mayWalk = false, isFull = true }: CheckIds = {}) => {
      const seen = view('agents').map((row) => String(row.agent_id));
      const shown = backend.agents().filter((row) => upstream.howOf('agents', row.agent_id) !== 'nameless');
      expect(seen).toEqual(expect.arrayContaining(shown.map((row) => row.agent_id)));
      for (const agentId of seen.filter((id) => !isExempt(id))) {
        for (const list of lists) checkList(agentId, list, mayWalk, isFull);
      }
    },
    /** After a full pass that nothing disturbed: every field of every live row, and of every agent. */
    checkRows: () => {
      const ids = (rows: Row[]) => rows.map((row) => String(row.agent_id)).sort();
      const have = ids(view('agents').filter((row) => row.gone_at === null));
      const nameless = ids(sides.listed()).filter((agentId) => upstream.howOf('agents', agentId) === 'nameless');
      const want = ids(sides.listed()).filter((agentId) => !nameless.includes(agentId));
      if (nameless.length === 0) expect(have).toEqual(want);
      // Any of those that are not seen may be one of them.
      else expect(have).toEqual(expect.arrayContaining(want));
      const { found, expected } = unlikeRows(sides, everyAgentId, known);
      expect(found).toEqual(expected);
    },
    /** After a pass that nothing disturbed: every field of the runs that went on top again. */
    checkMoved: (isExempt: (agentId: string) => boolean) => {
      const { found, expected } = unlikeRows(sides, everyAgentId, known);
      const isMoved = (row: Row) => upstream.moved.has(String(row.run_id)) && !isExempt(String(row.agent_id));
      const ofMoved = (rows: Row[]) => rows.filter((row) => isMoved(row) && row.exit_reason !== undefined);
      expect(ofMoved(found)).toEqual(ofMoved(expected));
    },
    /** What else is counted is what a recount gives; at any time. */
    checkRecount: () => expect(wrongDays(mirror().sqlite)).toEqual([]),
    /** Agents that the mirror has and the API, as it is now, does not list. */
    goneAgents: () => {
      const listed = new Set(backend.agents().map((row) => row.agent_id));
      const gone = view('agents').filter((row) => row.gone_at !== null);
      return gone.map((row) => String(row.agent_id)).filter((agentId) => !listed.has(agentId));
    },
  };
}
