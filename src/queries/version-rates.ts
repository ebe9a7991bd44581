import type { Window } from '../days.ts';
import { nameOf, numberOfAgent } from '../db/codes.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { isListedRun, runTime } from '../db/run-kinds.ts';
import { countRunsOf, runsAs } from './run-counts.ts';
import { type Share, shareOf } from './shares.ts';

/** How many of a version's runs failed. */
export interface VersionRate extends Share {
  /** null: runs that name no version. */
  version: string | null;
  /** The version's last run of the window, in Unix seconds. */
  lastRun: number;
}

const lastRuns = preparedSql<{ version: number; lastRun: number }>(`
  select coalesce(r.version, 0) as version, max(${runTime}) as lastRun from runs r
  where r.agent = @agent and ${runTime} >= @from and ${runTime} <= @end and ${isListedRun} group by 1`);

/**
 * For each version that an agent ran in a window: distinct runs with any signal / runs; the most recently used first.
 */
export function versionRates(reader: Reader, agentId: string, { from, end }: Window): VersionRate[] {
  const counts = countRunsOf(reader, agentId, { from, end }, 'by version');
  return lastRuns(reader)
    .all({ agent: numberOfAgent(reader, agentId), from, end })
    .map(({ version, lastRun }) => ({
      version: version === 0 ? null : nameOf(reader, version),
      lastRun,
      ...shareOf(runsAs(counts, countedAs.failed, version), runsAs(counts, countedAs.all, version)),
    }))
    .sort((a, b) => b.lastRun - a.lastRun || ((a.version ?? '') < (b.version ?? '') ? -1 : 1));
}
