import { and, desc, eq, isNull, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { agents, names, signals } from '../mirror/schema.ts';
import { vSignals } from '../mirror/views.ts';
import { type Fix, parseFixes } from './json.ts';

export interface SignalItem {
  id: number;
  runId: string;
  agentId: string;
  failureType: string;
  severity: string;
  stepIndex: number | null;
  /** 0 to 1. */
  confidence: number | null;
  /** Unix seconds. */
  detectedAt: number;
  title: string;
  what: string;
  fixes: Fix[];
}

function itemOf(row: typeof vSignals.$inferSelect): SignalItem {
  return {
    id: row.id,
    runId: row.runId,
    agentId: row.agentId,
    failureType: row.failureType,
    severity: row.severity,
    stepIndex: row.stepIndex,
    confidence: row.confidence,
    detectedAt: row.detectedAt,
    title: row.title ?? '',
    what: row.what ?? '',
    fixes: parseFixes(row.suggestedFixes),
  };
}

/** An agent's signals, newest first, of one severity if given; and how many there are in all. */
export function agentSignals(
  { db }: Reader,
  { agentId, severity, limit }: { agentId: string; severity?: string | undefined; limit: number },
): { items: SignalItem[]; total: number } {
  const inView = severity === undefined ? undefined : eq(vSignals.severity, severity);
  const rows = db
    .select()
    .from(vSignals)
    .where(and(eq(vSignals.agentId, agentId), isNull(vSignals.goneAt), inView))
    .orderBy(desc(vSignals.detectedAt), desc(vSignals.id))
    .limit(limit)
    .all();
  const inTable = severity === undefined ? undefined : eq(names.name, severity);
  const counted = db
    .select({ total: sql<number>`count(*)` })
    .from(signals)
    .innerJoin(agents, eq(agents.id, signals.agent))
    .innerJoin(names, eq(names.id, signals.severity))
    .where(and(eq(agents.agentId, agentId), isNull(signals.goneAt), inTable))
    .get();
  return { items: rows.map(itemOf), total: counted?.total ?? 0 };
}

/** All signals of a run, by step. */
export function runSignals({ db }: Reader, runId: string): SignalItem[] {
  const ofRun = and(eq(vSignals.runId, runId), isNull(vSignals.goneAt));
  return db.select().from(vSignals).where(ofRun).orderBy(vSignals.stepIndex, vSignals.id).all().map(itemOf);
}
