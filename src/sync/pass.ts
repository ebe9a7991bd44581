import type { Client } from '../api/client.ts';
import { getAgentsPage, isBad, maxPageSize, type Sent } from '../api/pages.ts';
import type { WireAgent } from '../api/wire.ts';
import type { Clock } from '../clock.ts';
import { ApiError, messageOf, StoppedError, UsageError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { StoredAgent } from '../mirror/agents.ts';
import type { Store } from '../mirror/store.ts';
import type { ListName } from '../mirror/sync-state.ts';
import { printable } from '../printable.ts';
import { needsVisit } from './plan.ts';
import { agentRow } from './rows.ts';
import { createListVisit, type ListVisit } from './visit.ts';

export interface PassDeps {
  client: Client;
  store: Store;
  clock: Clock;
  log: Log;
  settleSeconds: number;
  /** How many requests are on the way at once. */
  concurrency: number;
  /** Rows a page; 500 unless given. */
  pageSize?: number;
}

export interface PassOptions {
  /** Walks every list to its end and reconciles it: marks what is gone, refreshes what may have changed. */
  full?: boolean;
  /** Only this agent. */
  agentId?: string | undefined;
  /** Stops at once. What is committed stays. */
  signal?: AbortSignal | undefined;
  /** Asked between steps: true ends the pass after the pages under way. */
  isStopping?: () => boolean;
  /** Requests of a higher priority leave the queue first. */
  priority?: number;
  onProgress?: (progress: Progress) => void;
}

/** How far a pass has come. */
export interface Progress {
  agentsDone: number;
  agentsTotal: number;
  /** Rows received, and an estimate of all there are to receive. */
  rows: number;
  rowsTotal: number;
}

export interface Failure {
  agentId: string;
  list: ListName;
  kind: string;
  message: string;
}

export interface PassSummary {
  /** Agents that the API lists. */
  agents: number;
  /** Agents whose lists were left alone: nothing of them had moved. */
  skipped: number;
  newRuns: number;
  newSignals: number;
  requests: number;
  bytes: number;
  seconds: number;
  badRows: number;
  failures: Failure[];
}

const listNames = ['runs', 'signals'] as const;
/** A backend that is wiped in mid-pass sends the pass round again; twice is enough for any but a broken one. */
const maxRounds = 3;

/** Remembers what shapes of bad rows were told, for as long as the process lives. */
const toldShapes = new WeakMap<Store, Set<string>>();

function tellBadRow(deps: PassDeps, agentId: string, shape: string): void {
  const told = toldShapes.get(deps.store) ?? new Set();
  toldShapes.set(deps.store, told);
  if (told.has(shape)) return;
  told.add(shape);
  deps.log.warn(
    `a row of ${agentId} can't be read and is skipped (${shape}); more of this kind are counted, not logged`,
  );
}

/** All agents that the API lists, even if the list moves while it is read. */
async function listAgents(deps: PassDeps, options: PassOptions, pageSize: number) {
  const { client } = deps;
  const found = new Map<string, Sent<WireAgent>>();
  let badRows = 0;
  for (let tries = 0; tries < 3; tries += 1) {
    badRows = 0;
    let total: number | undefined;
    let isSteady = true;
    for (let offset = 0, more = true; more; offset += pageSize) {
      const page = await getAgentsPage(client, { offset, limit: pageSize, ...options });
      for (const row of page.rows) {
        if (!isBad(row)) {
          if (!found.has(row.row.agent_id)) found.set(row.row.agent_id, row);
          continue;
        }
        badRows += 1;
        tellBadRow(deps, 'the agents list', row.shape);
      }
      isSteady &&= total === undefined || total === page.total;
      total = page.total;
      more = page.hasMore && page.rows.length > 0;
    }
    if (isSteady && found.size + badRows >= (total ?? 0)) return { rows: [...found.values()], isWhole: true, badRows };
  }
  return { rows: [...found.values()], isWhole: false, badRows };
}

/** Takes the visits in turn, a step each, so that every agent's newest rows come before any agent's oldest. */
async function inTurn(
  visits: ListVisit[],
  lanes: number,
  signal: AbortSignal,
  step: (visit: ListVisit) => Promise<boolean>,
): Promise<void> {
  const waiting = [...visits];
  const lane = async () => {
    for (let visit = waiting.shift(); visit; visit = waiting.shift()) {
      signal.throwIfAborted();
      if (await step(visit)) waiting.push(visit);
    }
  };
  const running = Array.from({ length: Math.min(lanes, visits.length) }, lane);
  try {
    await Promise.all(running);
  } finally {
    await Promise.allSettled(running);
  }
}

/**
 * One pass: lists the agents, then brings the lists of those that may have moved up to date. Every page is committed as
 * it comes, so that a pass may end anywhere.
 * @throws ApiError when the API can't be used at all; UsageError for an agent that it does not list; StoppedError when
 * asked to stop; the signal's reason when it aborts.
 */
export async function runPass(deps: PassDeps, options: PassOptions = {}): Promise<PassSummary> {
  const { store, clock, client } = deps;
  const { priority = 0, isStopping = () => false } = options;
  const pageSize = deps.pageSize ?? maxPageSize;
  const beganAt = clock.now();
  const began = clock.monotonic();
  const before = { ...client.spent };
  const failed = new Map<ListVisit, Failure>();
  const summary = { agents: 0, skipped: 0, newRuns: 0, newSignals: 0 };
  const cancel = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, cancel.signal]) : cancel.signal;

  const progress = { agentsDone: 0, agentsTotal: 0, rows: 0 };
  const remaining = new Map<string, number>();
  const badRows = new Map<string, number>();
  const report = () => {
    const left = [...remaining.values()].reduce((sum, rows) => sum + rows, 0);
    options.onProgress?.({ ...progress, rowsTotal: progress.rows + left });
  };

  const visitOf = (list: ListName, agent: StoredAgent, full: boolean): ListVisit =>
    createListVisit(list, {
      client,
      store,
      clock,
      pageSize,
      agent,
      beganAt,
      full,
      priority,
      onPage: (page) => {
        progress.rows += page.received;
        const key = `${list}:${agent.agentId}`;
        remaining.set(key, page.remaining);
        badRows.set(key, Math.max(badRows.get(key) ?? 0, page.bad));
        summary[list === 'runs' ? 'newRuns' : 'newSignals'] += page.added;
        for (const { shape } of page.badRows) tellBadRow(deps, agent.agentId, shape);
        report();
      },
    });

  const openLists = new Map<string, number>();
  const close = (visit: ListVisit) => {
    const left = (openLists.get(visit.agentId) ?? 1) - 1;
    openLists.set(visit.agentId, left);
    remaining.delete(`${visit.list}:${visit.agentId}`);
    if (left === 0) progress.agentsDone += 1;
    report();
  };

  async function step(visit: ListVisit): Promise<boolean> {
    if (isStopping()) throw new StoppedError('stopped; what was committed stays, and the next sync goes on from there');
    try {
      if (await visit.step(signal)) return true;
    } catch (error) {
      if (!(error instanceof ApiError) || error.stopsThePass) {
        cancel.abort(error);
        throw error;
      }
      const message = error.message;
      visit.fail(error.kind, message);
      failed.set(visit, { agentId: visit.agentId, list: visit.list, kind: error.kind, message });
    }
    close(visit);
    return false;
  }

  /** The lists to read: those that may have moved, or (in a later round) those that a wipe sent back to the start. */
  function plan(round: number): ListVisit[] {
    openLists.clear();
    const states = new Map(store.syncState.all().map((state) => [`${state.list}:${state.agent}`, state]));
    const visits: ListVisit[] = [];
    let skipped = 0;
    for (const agent of store.agents.all()) {
      if (agent.pass === null || (options.agentId !== undefined && agent.agentId !== options.agentId)) continue;
      const wanted = listNames.filter((list) => {
        const state = states.get(`${list}:${agent.id}`);
        if (round > 0) return state?.tailPass != null && !isFailed(agent.agentId, list);
        return options.full || options.agentId !== undefined || needsVisit(agent, state, deps.settleSeconds);
      });
      // An agent that the list no longer shows may still have rows: only its own lists can tell.
      const full = round === 0 && (options.full === true || agent.goneAt !== null);
      visits.push(...wanted.map((list) => visitOf(list, agent, full)));
      if (wanted.length > 0) openLists.set(agent.agentId, wanted.length);
      else skipped += 1;
    }
    if (round === 0) summary.skipped = skipped;
    return byNewestAgent(visits);
  }

  const isFailed = (agentId: string, list: ListName) =>
    [...failed.values()].some((failure) => failure.agentId === agentId && failure.list === list);

  const order = new Map<string, number>();
  const byNewestAgent = (visits: ListVisit[]) =>
    visits.sort((a, b) => (order.get(a.agentId) ?? order.size) - (order.get(b.agentId) ?? order.size));

  try {
    if (options.agentId === undefined) store.write(() => store.syncState.saveFleet({ beganAt }));
    const listed = await listAgents(deps, { signal, priority }, pageSize);
    for (const [place, { row }] of listed.rows.entries()) order.set(row.agent_id, place);
    summary.agents = listed.rows.length;
    badRows.set('agents', listed.badRows);
    store.write(() => {
      const pass = store.syncState.nextPass();
      for (const row of listed.rows) store.agents.put(agentRow(row), pass);
      if (listed.isWhole) store.agents.markUnseen(pass, clock.now());
    });
    if (options.agentId !== undefined && store.agents.find(options.agentId) === undefined) {
      const some = listed.rows.slice(0, 10).map(({ row }) => row.agent_id);
      throw new UsageError(
        `The Customer API lists no agent ${JSON.stringify(options.agentId)}. It lists: ${some.join(', ') || 'none'}${listed.rows.length > 10 ? ', ...' : ''}.`,
      );
    }
    let visits = plan(0);
    for (let round = 1; visits.length > 0 && round <= maxRounds; round += 1) {
      progress.agentsTotal = progress.agentsDone + openLists.size;
      report();
      await inTurn(visits, deps.concurrency, signal, step);
      visits = plan(round);
    }
    if (options.agentId === undefined && visits.length === 0) {
      const completed = { completedAt: clock.now(), syncedAt: beganAt, errorKind: null, error: null, errorAt: null };
      store.write(() => store.syncState.saveFleet(completed));
    }
  } catch (error) {
    recordFleetError(deps, options, error);
    throw error;
  }
  return {
    ...summary,
    requests: client.spent.requests - before.requests,
    bytes: client.spent.bytes - before.bytes,
    seconds: (clock.monotonic() - began) / 1000,
    badRows: [...badRows.values()].reduce((sum, count) => sum + count, 0),
    failures: [...failed.values()],
  };
}

/** What kept the fleet from being read, for whoever asks about the mirror's age. */
function recordFleetError({ store, clock }: PassDeps, options: PassOptions, error: unknown): void {
  if (options.agentId !== undefined || !(error instanceof ApiError)) return;
  store.write(() =>
    store.syncState.saveFleet({ errorKind: error.kind, error: printable(messageOf(error)), errorAt: clock.now() }),
  );
}
