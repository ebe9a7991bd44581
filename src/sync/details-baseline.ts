import type { SampledRun } from '../mirror/details.ts';
import type { Store } from '../mirror/store.ts';
import { baselineDays, baselineMissing, baselineRuns, baselineShare } from './details-plan.ts';

/** How many agents `next` looks at in one go: that takes some milliseconds. */
const agentsAtOnce = 10;
/** How soon the next look finds agents and old runs that arrived late. */
const lookAgainSeconds = 3600;

/** How many runs of a day it looks at: few suffice where most days have some. */
const depths = [2, 8, baselineRuns] as const;

interface Looked {
  store: Store;
  /** Unix seconds. */
  at: number;
  /** Agents it has yet to look at. */
  agents: number[];
  /** Runs that it found and the lane has yet to fetch. */
  runs: string[];
}

/** Finds the runs that health scores need as their baseline, a few agents at a time. */
export function createBaseline() {
  let looked: Looked | undefined;

  function lookAt({ details }: Store, agent: number, now: number): string[] {
    let days: SampledRun[][] = [];
    for (const perDay of depths) {
      days = baselineDays(now).map(({ from, until }) => details.between(agent, from, until, perDay));
      if (days.flat().length >= baselineRuns) break;
    }
    return baselineMissing(days);
  }

  /** The next runs to fetch. An empty list does not mean that there are no more: see `isLooking`. */
  function next(store: Store, now: number): string[] {
    if (looked?.store !== store || Math.abs(now - looked.at) >= lookAgainSeconds) {
      const listed = store.agents.all().filter(({ pass, goneAt }) => pass !== null && goneAt === null);
      looked = { store, at: now, agents: listed.map(({ id }) => id), runs: [] };
    }
    for (let count = 0; count < agentsAtOnce && looked.runs.length < baselineShare; count += 1) {
      const agent = looked.agents.shift();
      if (agent === undefined) break;
      looked.runs.push(...lookAt(store, agent, now));
    }
    return looked.runs.slice(0, baselineShare);
  }

  return {
    next,
    /** Whether it has yet to look at some agents. */
    isLooking: () => (looked?.agents.length ?? 0) > 0,
    /** The lane fetched the run, or can't. */
    drop: (runId: string) => {
      if (looked) looked.runs = looked.runs.filter((other) => other !== runId);
    },
  };
}
