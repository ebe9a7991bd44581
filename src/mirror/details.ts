import { and, asc, desc, eq, gte, isNotNull, isNull, lt, or, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { runs } from '../db/schema.ts';

/** A run that may be one of a sample. */
export interface SampledRun {
  runId: string;
  hasDetail: boolean;
}

/** What is known of the details of runs: which are here, and which are still to be fetched. */
export interface DetailStore {
  /**
   * Listed runs without their detail that started at `since` (Unix seconds) or later: those with signals first, then newest
   * first; at most `limit`. Not those whose events the API has dropped, or that it no longer has.
   */
  missing(since: number, limit: number): string[];
  /** Whether the run's detail is here. */
  has(runId: string): boolean;
  /** The first runs that an agent started from `from` until before `until`, of those that have a detail or may get it. */
  between(agent: number, from: number, until: number, limit: number): SampledRun[];
}

export function createDetailStore({ db }: Mirror): DetailStore {
  // The words of the index runs_without_detail, or SQLite would not use it.
  const fetchable = sql`${runs.eventsExpired} = 0 and ${runs.goneAt} is null`;

  const missing = db
    .select({ runId: runs.runId })
    .from(runs)
    .where(
      and(
        sql`${runs.hasSignals} is ${sql.placeholder('hasSignals')}`,
        gte(runs.startedAt, sql.placeholder('since')),
        isNull(runs.detailAt),
        fetchable,
        isNotNull(runs.pass),
      ),
    )
    .orderBy(desc(runs.startedAt), desc(runs.id))
    .limit(sql.placeholder('limit'))
    .prepare();

  const between = db
    .select({ runId: runs.runId, hasDetail: sql<number>`${runs.detailAt} is not null` })
    .from(runs)
    .where(
      and(
        eq(runs.agent, sql.placeholder('agent')),
        gte(runs.startedAt, sql.placeholder('from')),
        lt(runs.startedAt, sql.placeholder('until')),
        isNotNull(runs.pass),
        or(isNotNull(runs.detailAt), fetchable),
      ),
    )
    .orderBy(asc(runs.startedAt), asc(runs.id))
    .limit(sql.placeholder('limit'))
    .prepare();

  const find = db
    .select({ detailAt: runs.detailAt })
    .from(runs)
    .where(eq(runs.runId, sql.placeholder('runId')))
    .prepare();

  return {
    has: (runId) => find.get({ runId })?.detailAt != null,
    missing: (since, limit) => {
      const found: string[] = [];
      // NULL: the list did not tell.
      for (const hasSignals of [1, 0, null]) {
        if (found.length >= limit) break;
        const rows = missing.all({ hasSignals, since, limit: limit - found.length });
        found.push(...rows.map(({ runId }) => runId));
      }
      return found;
    },
    between: (agent, from, until, limit) =>
      between.all({ agent, from, until, limit }).map(({ runId, hasDetail }) => ({ runId, hasDetail: hasDetail !== 0 })),
  };
}
