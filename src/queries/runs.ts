import { and, desc, eq, gt, gte, isNotNull, isNull, lt, not, or, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Reader } from '../mirror/open.ts';
import { agents, names, runs } from '../mirror/schema.ts';
import { vRunEvents } from '../mirror/views.ts';
import { agentNumber, numberOfAgent } from './agent-number.ts';
import { parseObject } from './json.ts';
import { listedRunCount } from './run-counts.ts';

/** Times are Unix seconds. */
export interface RunItem {
  runId: string;
  agentId: string;
  agentVersion: string | null;
  startedAt: number | null;
  completedAt: number | null;
  exitReason: string | null;
  /** The highest step index. */
  stepCount: number | null;
  signalCount: number | null;
  /** The server dropped the run's events for age; what is known of it is from before. */
  eventsExpired: boolean;
  /** When the API was seen to have dropped the run. */
  goneAt: number | null;
}

const exits = alias(names, 'exits');

/** Outer joins keep `runs` outermost, so that names are only looked up for the rows of a page. */
function select({ db }: Reader) {
  return db
    .select({
      runId: runs.runId,
      agentId: sql<string>`${agents.agentId}`,
      agentVersion: names.name,
      startedAt: runs.startedAt,
      completedAt: runs.completedAt,
      exitReason: exits.name,
      stepCount: runs.stepCount,
      signalCount: runs.signalCount,
      eventsExpired: runs.eventsExpired,
      goneAt: runs.goneAt,
    })
    .from(runs)
    .leftJoin(agents, eq(agents.id, runs.agent))
    .leftJoin(names, eq(names.id, runs.version))
    .leftJoin(exits, eq(exits.id, runs.exitReason))
    .$dynamic();
}

const isKnown = or(isNotNull(runs.pass), isNotNull(runs.detailAt));

export interface RunFilter {
  agentId: string;
  /** Only runs with, or without, signals. */
  hasSignals?: boolean | undefined;
}

/** Where a page ended. */
export type RunPosition = readonly [startedAt: number | null, runId: string];

/** What comes after a position: runs that started earlier, then those whose start is not known. */
function after([startedAt, runId]: RunPosition): SQL | undefined {
  if (startedAt === null) return and(isNull(runs.startedAt), gt(runs.runId, runId));
  const sameStart = and(eq(runs.startedAt, startedAt), gt(runs.runId, runId));
  return or(lt(runs.startedAt, startedAt), sameStart, isNull(runs.startedAt));
}

function conditionOf({ agentId, hasSignals }: RunFilter): SQL | undefined {
  const failed = sql`coalesce(${runs.signalCount}, ${runs.hasSignals}, 0) > 0`;
  return and(
    eq(runs.agent, agentNumber(agentId)),
    isNull(runs.goneAt),
    isNotNull(runs.pass),
    hasSignals === undefined ? undefined : hasSignals ? failed : not(failed),
  );
}

/** How many runs there are. */
export function countRuns(reader: Reader, filter: RunFilter): number {
  if (filter.hasSignals === undefined) return listedRunCount(reader, numberOfAgent(reader, filter.agentId));
  const { db } = reader;
  const counted = db.select({ total: sql<number>`count(*)` }).from(runs).where(conditionOf(filter)).get();
  return counted?.total ?? 0;
}

/** An agent's runs, most recently started first (those whose start is not known last), from after a position on; and how many there are. */
export function findRuns(
  reader: Reader,
  filter: RunFilter,
  { limit, after: position }: { limit: number; after?: RunPosition | undefined },
): { items: RunItem[]; total: number } {
  const items = select(reader)
    .where(and(conditionOf(filter), position && after(position)))
    .orderBy(desc(runs.startedAt), runs.runId)
    .limit(limit)
    .all();
  return { items, total: countRuns(reader, filter) };
}

/** A run that a list has shown, or whose detail was fetched. (`v_runs` has those of lists only, as the API does.) */
export function findRun(reader: Reader, runId: string): RunItem | undefined {
  return select(reader)
    .where(and(eq(runs.runId, runId), isKnown))
    .get();
}

/** Up to `limit` ids of runs that begin with `prefix`. */
export function runIdsWith({ db }: Reader, prefix: string, limit: number): string[] {
  const rows = db
    .select({ runId: runs.runId })
    .from(runs)
    .where(and(gte(runs.runId, prefix), sql`substr(${runs.runId}, 1, ${prefix.length}) = ${prefix}`, isKnown))
    .orderBy(runs.runId)
    .limit(limit)
    .all();
  return rows.map(({ runId }) => runId);
}

export interface RunEventItem {
  eventType: string;
  stepIndex: number | null;
  /** Unix seconds. */
  timestamp: number | null;
  payload: Record<string, unknown>;
}

/** `limit` events of a run in their order, the first of them number `from`; how many there are; and whether they were ever fetched. */
export function runEvents(
  { db }: Reader,
  runId: string,
  { from, limit }: { from: number; limit: number },
): { items: RunEventItem[]; total: number; isFetched: boolean } {
  const ofRun = eq(vRunEvents.runId, runId);
  const rows = db.select().from(vRunEvents).where(ofRun).orderBy(vRunEvents.seq).limit(limit).offset(from).all();
  const counted = db.select({ total: sql<number>`count(*)` }).from(vRunEvents).where(ofRun).get();
  const run = db.select({ detailAt: runs.detailAt }).from(runs).where(eq(runs.runId, runId)).get();
  const items = rows.map(({ eventType, stepIndex, timestamp, payload }) => ({
    eventType,
    stepIndex,
    timestamp,
    payload: parseObject(payload),
  }));
  return { items, total: counted?.total ?? 0, isFetched: run?.detailAt != null };
}
