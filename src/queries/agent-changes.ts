import { daySeconds } from '../days.ts';
import { nameOf } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { countRunsOf, type RunCounts, runsAs, typesIn } from './run-counts.ts';
import { shareOf } from './shares.ts';
import { type RateChange, rankedChanges, rateChange } from './version-changes.ts';
import { type ComparedRates, comparedRates } from './version-comparison.ts';
import { newestVersions } from './versions.ts';

export const recentDays = 7;
export const pastDays = 30;

/** What changed with an agent: by time, and by version. */
export interface AgentChanges {
  /** The last 7 days against the 30 before: any failure, and the types that changed by more than chance explains. */
  recent: { all: RateChange; types: RateChange[] };
  /** The newest version against the one before it; undefined: fewer than two are known. */
  version: ComparedRates | undefined;
}

/** The earliest moment that counts, in Unix seconds. */
export const changesSince = (end: number) => end - (recentDays + pastDays) * daySeconds;

function changesOf(reader: Reader, before: RunCounts, after: RunCounts) {
  const share = (counts: RunCounts, what: number) => shareOf(runsAs(counts, what), runsAs(counts, countedAs.all));
  const change = (what: number) =>
    rateChange(what > 0 ? nameOf(reader, what) : null, share(before, what), share(after, what));
  const types = [...new Set([...typesIn(before), ...typesIn(after)])].map(change);
  return { all: change(countedAs.failed), types: rankedChanges(types).filter(({ verdict }) => verdict !== undefined) };
}

/** What changed with an agent up to `end` (Unix seconds). */
export function agentChanges(reader: Reader, agentId: string, end: number): AgentChanges {
  const since = end - recentDays * daySeconds;
  const past = countRunsOf(reader, agentId, { from: changesSince(end), end: since, isEndOut: true }, 'whole');
  const recent = changesOf(reader, past, countRunsOf(reader, agentId, { from: since, end }, 'whole'));
  const [newer, older] = newestVersions(reader, agentId, 2).items;
  return { recent, version: older && newer ? comparedRates(reader, agentId, [older, newer]) : undefined };
}
