import { and, eq, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { names, runs, signals } from '../db/schema.ts';
import { affectedRuns, runsIn, runTime, type Share, type Span, shareOf } from './spans.ts';

/** How many of a version's runs failed. */
export interface VersionRate extends Share {
  /** null: runs that name no version. */
  version: string | null;
  /** The version's last run of the span, in Unix seconds. */
  lastRun: number;
}

/** For each version that an agent ran in a span: distinct runs with any signal / runs; the last used first. */
export function versionRates({ db }: Reader, agentId: string, span: Span): VersionRate[] {
  const ofRun = and(eq(signals.run, runs.id), sql`${signals.goneAt} is null`);
  return db
    .select({
      version: names.name,
      total: sql<number>`count(distinct ${runs.id})`,
      affected: affectedRuns,
      lastRun: sql<number>`max(${runTime})`,
    })
    .from(runs)
    .leftJoin(names, eq(names.id, runs.version))
    .leftJoin(signals, ofRun)
    .where(runsIn(agentId, span))
    .groupBy(runs.version)
    .orderBy(sql`max(${runTime}) desc`, names.name)
    .all()
    .map(({ affected, total, ...row }) => ({ ...row, ...shareOf(affected, total) }));
}
