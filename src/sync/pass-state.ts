import { type AgentChoice, allAgents } from '../agent-choice.ts';
import type { Client } from '../api/client.ts';
import { maxPageSize } from '../api/pages.ts';
import type { Clock } from '../clock.ts';
import type { ApiError } from '../errors.ts';
import type { ListName } from '../lists/names.ts';
import type { Log } from '../log.ts';
import type { Store } from '../mirror/store.ts';
import type { IdleBudget } from './list-visit.ts';
import { createTally, type Progress } from './tally.ts';

export interface PassDeps {
  client: Client;
  store: Store;
  clock: Clock;
  log: Log;
  /** The agents to mirror; all unless given. */
  agents?: AgentChoice;
  settleSeconds: number;
  /** How many requests run at once. */
  concurrency: number;
  /** Rows a page; 500 unless given. */
  pageSize?: number;
  /** The maximum age (in seconds) of a list's last whole walk; 0 or not given: no limit. */
  fullSyncSeconds?: number;
  /** The maximum age (in seconds) of rows that the mirror keeps; 0 or not given: no limit. */
  keepSeconds?: number;
  /** The maximum size of the mirror; no limit unless given. */
  maxBytes?: number;
}

export interface PassOptions {
  /** Walks every list to its end and reconciles it: marks rows that are gone, refreshes rows that may have changed. */
  full?: boolean;
  /** Walks lists with unreadable rows whole, because the backend may have been fixed. Polls do so from time to time. */
  rereads?: boolean | undefined;
  /** Only this agent. */
  agentId?: string | undefined;
  /**
   * Pages that the pass may spend on walks that only the age of a list's last walk calls for. 0: none, for a pass that
   * a caller waits for. Not given: the pass ends the walks that are running, however long they are, and begins none.
   */
  idlePages?: number;
  /** Stops at once. What is committed stays. */
  signal?: AbortSignal | undefined;
  /** Asked between steps: true ends the pass after the pages under way. */
  isStopping?: () => boolean;
  /** Requests of a higher priority leave the queue first. */
  priority?: number;
  onProgress?: (progress: Progress) => void;
}

export interface Failure {
  /** Null: it is no agent's list. */
  agentId: string | null;
  list: string;
  kind: string;
  message: string;
}

export interface PassSummary {
  /** Agents that the API lists. */
  agents: number;
  /** Agents whose lists the pass skipped, because nothing about them had moved. */
  skipped: number;
  /** Rows that are new in the mirror, by list. */
  added: Readonly<Record<ListName, number>>;
  requests: number;
  bytes: number;
  seconds: number;
  badRows: number;
  failures: Failure[];
}

/** Pages of walks that are not urgent come after everything that a caller waits for, and before run details. */
const idlePriority = -5;
/** Remembers which shapes of bad rows were logged, for as long as the process lives. */
const loggedShapes = new WeakMap<Store, Set<string>>();

export function logBadRow(deps: PassDeps, agentId: string, shape: string): void {
  const logged = loggedShapes.get(deps.store) ?? new Set();
  loggedShapes.set(deps.store, logged);
  if (logged.has(shape)) return;
  logged.add(shape);
  deps.log.warn(
    `a row of ${agentId} can't be read and is skipped (${shape}); further ones like it are counted, not logged`,
  );
}

/** A running pass. */
export interface Pass {
  readonly deps: PassDeps;
  readonly options: PassOptions;
  readonly agents: AgentChoice;
  readonly pageSize: number;
  readonly maxBytes: number;
  /** Unix seconds; rows from before `keepFrom` are too old to keep. */
  readonly beganAt: number;
  /** The newest walk when it began: rows of later ones are news of this pass. */
  readonly lastWalk: number;
  readonly keepFrom: number;
  readonly idleBudget: IdleBudget;
  readonly tally: ReturnType<typeof createTally>;
  readonly failed: Map<string, Failure>;
  /** Aborts everything that the pass waits for. */
  readonly cancel: AbortController;
  readonly signal: AbortSignal;
  /** What the agents list showed. */
  listed: Listed;
  skipped: number;
}

export interface Listed {
  ids: string[];
  /** The place of each agent in the list. */
  order: ReadonlyMap<string, number>;
  /** Agents whose rows are unreadable, or may be among the unreadable rows: we do not know what moved for them. */
  inDoubt: ReadonlySet<string>;
  /** How many agents the list no longer shows. */
  vanished: number;
  /** Why the list was not readable to its end. */
  ill: ApiError | undefined;
}

export function beginPass(deps: PassDeps, options: PassOptions): Pass {
  const { clock, agents = allAgents, keepSeconds, maxBytes = Number.POSITIVE_INFINITY, pageSize = maxPageSize } = deps;
  const { idlePages, priority = 0 } = options;
  const beganAt = clock.now();
  const cancel = new AbortController();
  return {
    deps,
    options,
    agents,
    pageSize,
    maxBytes,
    beganAt,
    lastWalk: deps.store.syncState.fleet()?.lastPass ?? 0,
    keepFrom: keepSeconds ? beganAt - keepSeconds : 0,
    idleBudget:
      idlePages === undefined
        ? { pages: Number.POSITIVE_INFINITY, priority }
        : { pages: idlePages, priority: idlePriority },
    tally: createTally(options.onProgress, clock),
    failed: new Map(),
    cancel,
    signal: options.signal ? AbortSignal.any([options.signal, cancel.signal]) : cancel.signal,
    listed: { ids: [], order: new Map(), inDoubt: new Set(), vanished: 0, ill: undefined },
    skipped: 0,
  };
}
