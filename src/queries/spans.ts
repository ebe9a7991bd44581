import { and, eq, gte, isNotNull, isNull, lte, type SQL, sql } from 'drizzle-orm';
import { daySeconds } from '../days.ts';
import { agentNumber } from '../db/agent-number.ts';
import type { Reader } from '../db/open.ts';
import { runs, signals } from '../db/schema.ts';

/** A stretch of time, both ends included, in Unix seconds. */
export interface Span {
  from: number;
  end: number;
}

/** How many of an agent's runs had a failure. */
export interface Share {
  affectedRuns: number;
  totalRuns: number;
  /** 0 to 1; of no runs 0. */
  rate: number;
}

export const shareOf = (affectedRuns: number, totalRuns: number): Share => ({
  affectedRuns,
  totalRuns,
  rate: totalRuns === 0 ? 0 : affectedRuns / totalRuns,
});

/** The UTC day of a moment, as the number of days since 1970. */
export const dayNumber = (unixSeconds: number) => Math.floor(unixSeconds / daySeconds);

/** The `YYYY-MM-DD` of a day number. */
export const dayName = (number: number) => new Date(number * daySeconds * 1000).toISOString().slice(0, 10);

/** The numbers of the `count` UTC days up to the one in which `end` lies, oldest first. */
export const lastDays = (end: number, count: number) =>
  Array.from({ length: count }, (_, index) => dayNumber(end) - count + 1 + index);

/** Unix seconds at which a run took place; a run whose times are not known is in no span. */
export const runTime = sql`coalesce(${runs.startedAt}, ${runs.completedAt})`;

/** The same, and whether the API lists the run, for statements of plain SQL that call it `r`. */
export const timeOfR = sql`coalesce(r.started_at, r.completed_at)`;
export const isListedR = sql`r.gone_at is null and r.pass is not null`;

/** The runs of an agent that the API lists. */
const listedRuns = (agentId: string): SQL | undefined =>
  and(eq(runs.agent, agentNumber(agentId)), isNull(runs.goneAt), isNotNull(runs.pass));

/** Those that it made within a span. */
export const runsIn = (agentId: string, { from, end }: Span): SQL | undefined =>
  and(listedRuns(agentId), gte(runTime, from), lte(runTime, end));

/** The signals of these runs; to be asked of runs joined with signals. */
export const signalsOfRunsIn = (agentId: string, span: Span) =>
  and(runsIn(agentId, span), eq(signals.run, runs.id), isNull(signals.goneAt));

/** Distinct runs, of runs joined with signals. */
export const affectedRuns = sql<number>`count(distinct ${signals.run})`;

export function countRunsIn({ db }: Reader, agentId: string, span: Span): number {
  const counted = db.select({ total: sql<number>`count(*)` }).from(runs).where(runsIn(agentId, span)).get();
  return counted?.total ?? 0;
}
