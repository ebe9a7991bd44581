import type { Clock } from '../clock.ts';
import { eachList, type ListName } from '../lists/names.ts';

/** What a pass waits for at the moment. */
export interface Waiting {
  /** On the host's monotonic clock, in milliseconds. */
  until: number;
  /** The API's own words when it asked for the wait; undefined: the request budget is spent. */
  why?: string | undefined;
}

/** The progress of a pass. */
export interface Progress {
  agentsDone: number;
  agentsTotal: number;
  /** Rows received so far, and an estimate of the total. */
  rows: number;
  rowsTotal: number;
  /** The lists beside those of agents that are due, such as policies. */
  listsDone: number;
  listsTotal: number;
  waiting?: Waiting | undefined;
}

/** What a page of a list brought. */
export interface PageCount {
  received: number;
  /** Rows that were not in the mirror. */
  added: number;
  /** Rows of the list that are still to come. */
  remaining: number;
  /** Unreadable rows of the list so far. */
  bad: number;
}

/** Counts what a pass does, and reports it after each step. */
export function createTally(onProgress: ((progress: Progress) => void) | undefined, clock: Pick<Clock, 'monotonic'>) {
  const added = eachList(() => 0);
  const remaining = new Map<string, number>();
  const bad = new Map<string, number>();
  const open = new Map<string, number>();
  let agentsDone = 0;
  let agentsTotal = 0;
  let rows = 0;
  let listsDone = 0;
  let listsTotal = 0;
  let waiting: Waiting | undefined;

  const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0);
  const keyOf = (list: ListName, agentId: string) => `${list}:${agentId}`;
  const report = () => {
    const far = { agentsDone, agentsTotal, rows, rowsTotal: rows + sum(remaining), listsDone, listsTotal };
    onProgress?.({ ...far, ...(waiting && waiting.until > clock.monotonic() ? { waiting } : {}) });
  };

  return {
    added,
    badRows: () => sum(bad),
    /** How many places of the agents list were unreadable. */
    badAgents: (count: number) => bad.set('agents', count),
    /** A round begins over these lists. */
    begin: (lists: readonly { agentId: string }[]) => {
      open.clear();
      for (const { agentId } of lists) open.set(agentId, (open.get(agentId) ?? 0) + 1);
      agentsTotal = agentsDone + open.size;
      report();
    },
    page: (list: ListName, agentId: string, page: PageCount) => {
      const key = keyOf(list, agentId);
      rows += page.received;
      added[list] += page.added;
      remaining.set(key, page.remaining);
      bad.set(key, Math.max(bad.get(key) ?? 0, page.bad));
      report();
    },
    /** So many lists beside those of agents are due. */
    beginLists: (count: number) => {
      listsTotal += count;
      report();
    },
    /** One of them was read, or can't be. */
    closeList: (received: number) => {
      listsDone += 1;
      rows += received;
      report();
    },
    /** A request waits, and so does each after it: what comes meanwhile had left before. */
    wait: (until: number, why: string | undefined) => {
      waiting = { until, why };
      report();
    },
    /** This round has finished the list. */
    close: (list: ListName, agentId: string) => {
      const left = (open.get(agentId) ?? 1) - 1;
      open.set(agentId, left);
      remaining.delete(keyOf(list, agentId));
      if (left === 0) agentsDone += 1;
      report();
    },
  };
}
