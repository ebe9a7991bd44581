import { and, desc, eq, isNotNull, isNull, or, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Reader } from '../mirror/open.ts';
import { agents, names, runs } from '../mirror/schema.ts';
import { vRunEvents, vRuns } from '../mirror/views.ts';
import { parseObject } from './json.ts';

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

/** An agent's runs, most recently started first (those whose start is not known last), and how many there are. */
export function agentRuns({ db }: Reader, agentId: string, limit: number): { items: RunItem[]; total: number } {
  const items = db
    .select()
    .from(vRuns)
    .where(and(eq(vRuns.agentId, agentId), isNull(vRuns.goneAt)))
    .orderBy(desc(vRuns.startedAt), vRuns.runId)
    .limit(limit)
    .all();
  const counted = db
    .select({ total: sql<number>`count(*)` })
    .from(runs)
    .innerJoin(agents, eq(agents.id, runs.agent))
    .where(and(eq(agents.agentId, agentId), isNull(runs.goneAt), isNotNull(runs.pass)))
    .get();
  return { items, total: counted?.total ?? 0 };
}

export interface RunEventItem {
  eventType: string;
  stepIndex: number | null;
  /** Unix seconds. */
  timestamp: number | null;
  payload: Record<string, unknown>;
}

/** A run that a list has shown, or whose detail was fetched. (`v_runs` has those of lists only, as the API does.) */
export function findRun({ db }: Reader, runId: string): RunItem | undefined {
  const exits = alias(names, 'exits');
  return db
    .select({
      runId: runs.runId,
      agentId: agents.agentId,
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
    .innerJoin(agents, eq(agents.id, runs.agent))
    .leftJoin(names, eq(names.id, runs.version))
    .leftJoin(exits, eq(exits.id, runs.exitReason))
    .where(and(eq(runs.runId, runId), or(isNotNull(runs.pass), isNotNull(runs.detailAt))))
    .get();
}

/** The first `limit` events of a run, in their order; how many there are; and whether they were ever fetched. */
export function runEvents(
  { db }: Reader,
  runId: string,
  limit: number,
): { items: RunEventItem[]; total: number; isFetched: boolean } {
  const ofRun = eq(vRunEvents.runId, runId);
  const rows = db.select().from(vRunEvents).where(ofRun).orderBy(vRunEvents.seq).limit(limit).all();
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
