import { and, desc, eq, gte, isNotNull, isNull, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Reader } from '../db/open.ts';
import { agents, explanations, names, runs, signals } from '../db/schema.ts';

export interface NewestSignal {
  id: number;
  agentId: string;
  failureType: string;
  severity: string;
  title: string;
  /** Unix seconds. */
  detectedAt: number;
}

/**
 * The signals with the highest ids, of all agents. (Left joins keep SQLite from starting at a small table and sorting.)
 */
export function newestSignals({ db }: Reader, limit: number): NewestSignal[] {
  const types = alias(names, 'types');
  const severities = alias(names, 'severities');
  return db
    .select({
      key: signals.key,
      agentId: agents.agentId,
      failureType: types.name,
      severity: severities.name,
      title: explanations.title,
      detectedAt: signals.detectedAt,
    })
    .from(signals)
    .leftJoin(agents, eq(agents.id, signals.agent))
    .leftJoin(types, eq(types.id, signals.failureType))
    .leftJoin(severities, eq(severities.id, signals.severity))
    .leftJoin(explanations, eq(explanations.id, signals.explanation))
    .where(isNull(signals.goneAt))
    .orderBy(signals.key)
    .limit(limit)
    .all()
    .map(({ key, agentId, failureType, severity, title, detectedAt }) => ({
      id: -key,
      agentId: agentId ?? '',
      failureType: failureType ?? '',
      severity: severity ?? '',
      title: title ?? '',
      detectedAt,
    }));
}

export interface NewestRun {
  runId: string;
  agentId: string;
  /** Unix seconds. */
  startedAt: number;
  signalCount: number | null;
}

/**
 * The runs that started last, of all agents. No index has all agents' runs by time, so this looks at each agent's
 * newest runs: those newer than the ones found so far, of agents seen since then.
 */
export function newestRuns({ db }: Reader, limit: number): NewestRun[] {
  const fleet = db.select().from(agents).where(isNotNull(agents.lastSeen)).orderBy(desc(agents.lastSeen)).all();
  const ofAgent = db
    .select()
    .from(runs)
    .where(and(eq(runs.agent, sql.placeholder('agent')), gte(runs.startedAt, sql.placeholder('since'))))
    .orderBy(desc(runs.startedAt))
    .limit(limit)
    .prepare();
  let newest: NewestRun[] = [];
  for (const { id, agentId, lastSeen } of fleet) {
    const since = newest[limit - 1]?.startedAt ?? 0;
    if ((lastSeen ?? 0) < since) break;
    const found = ofAgent
      .all({ agent: id, since })
      .flatMap(({ runId, startedAt, signalCount, pass, goneAt }) =>
        startedAt === null || pass === null || goneAt !== null ? [] : [{ runId, agentId, startedAt, signalCount }],
      );
    newest = [...newest, ...found].sort((a, b) => b.startedAt - a.startedAt).slice(0, limit);
  }
  return newest;
}
