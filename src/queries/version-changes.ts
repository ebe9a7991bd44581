import type { Window } from '../days.ts';
import { nameOf } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { changeOfShare, type Interval } from '../intervals.ts';
import { countRunsOf, runsAs, typesIn } from './run-counts.ts';
import { type Share, shareOf } from './shares.ts';
import { versionsIn } from './versions.ts';

/** How a failure rate differs before a version's first run, and in its own runs. */
export interface RateChange {
  /** null: any failure. */
  failureType: string | null;
  before: Share;
  after: Share;
  /** The 95 % interval of after - before; undefined with fewer than five runs on a side. */
  interval?: Interval | undefined;
  verdict: 'regression' | 'improvement' | undefined;
}

/** What changed with a version of an agent. */
export interface VersionChange {
  version: string;
  /** Unix seconds. */
  firstRun: number;
  /** Of any failure. */
  all: RateChange;
  /**
   * By failure type, if there are enough runs to compare: first those that changed by more than chance explains, then
   * by the size of the change.
   */
  types: RateChange[];
}

const verdicts = { up: 'regression', down: 'improvement' } as const;

/** Compares two shares. */
export function rateChange(failureType: string | null, before: Share, after: Share): RateChange {
  const proportion = ({ affectedRuns: hits, totalRuns: total }: Share) => ({ hits, total });
  const { interval, direction } = changeOfShare(proportion(before), proportion(after));
  const verdict = direction && verdicts[direction];
  return { failureType, before, after, ...(interval ? { interval } : {}), verdict };
}

/** Changes of types that occurred: first those beyond chance, then by the size of the change. */
export const rankedChanges = (changes: readonly RateChange[]): RateChange[] =>
  changes
    .filter(({ before, after }) => before.affectedRuns + after.affectedRuns > 0)
    .sort(
      (a, b) =>
        Number(b.verdict !== undefined) - Number(a.verdict !== undefined) || distance(b) - distance(a) || byName(a, b),
    );

const distance = ({ before, after }: RateChange) => Math.abs(after.rate - before.rate);

const byName = (a: RateChange, b: RateChange) => (a.failureType ?? '').localeCompare(b.failureType ?? '');

/**
 * The failure rates before the first run of each version that is new in a window, and in its own runs since then, for
 * up to `limit` of the newest versions. The time before covers the runs of all versions, over as long a time as the
 * window. Other versions' runs since then are left out: they would hide a regression that the next version fixes, or
 * that an old version runs beside.
 */
export function versionChanges(
  reader: Reader,
  agentId: string,
  window: Window,
  limit: number,
): { versions: VersionChange[]; total: number } {
  const found = versionsIn(reader, agentId, window);
  const versions = found.slice(0, limit);
  const since = versions.at(-1)?.firstRun;
  if (since === undefined) return { versions: [], total: 0 };
  // All runs of a version that is new in the window lie after its first one.
  const ofVersions = countRunsOf(reader, agentId, { from: since, end: window.end }, 'by version');
  const length = window.end - window.from;
  return {
    total: found.length,
    versions: versions.map(({ id, version, firstRun }) => {
      const past = { from: firstRun - length, end: firstRun, isEndOut: true };
      const befores = countRunsOf(reader, agentId, past, 'whole');
      const change = (what: number) =>
        rateChange(
          what > 0 ? nameOf(reader, what) : null,
          shareOf(runsAs(befores, what), runsAs(befores, countedAs.all)),
          shareOf(runsAs(ofVersions, what, id), runsAs(ofVersions, countedAs.all, id)),
        );
      const changes = rankedChanges([...new Set([...typesIn(befores), ...typesIn(ofVersions)])].map(change));
      const all = change(countedAs.failed);
      return { version, firstRun, all, types: all.interval ? changes : [] };
    }),
  };
}
