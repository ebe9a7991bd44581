import { eachList, type ListName } from '../lists/names.ts';

/** The progress of a pass. */
export interface Progress {
  agentsDone: number;
  agentsTotal: number;
  /** Rows received so far, and an estimate of the total. */
  rows: number;
  rowsTotal: number;
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
export function createTally(onProgress: ((progress: Progress) => void) | undefined) {
  const added = eachList(() => 0);
  const remaining = new Map<string, number>();
  const bad = new Map<string, number>();
  const open = new Map<string, number>();
  let agentsDone = 0;
  let agentsTotal = 0;
  let rows = 0;

  const sum = (counts: Map<string, number>) => [...counts.values()].reduce((total, count) => total + count, 0);
  const keyOf = (list: ListName, agentId: string) => `${list}:${agentId}`;
  const report = () => onProgress?.({ agentsDone, agentsTotal, rows, rowsTotal: rows + sum(remaining) });

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
