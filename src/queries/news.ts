import { and, eq, isNull, lt, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Reader } from '../db/open.ts';
import { agents, names, signals } from '../db/schema.ts';
import { fleetState, syncState } from '../db/sync-tables.ts';

/** A number that changes when another connection of any process commits. Each connection has its own number. */
export function dataVersion({ sqlite }: Reader): number {
  return Number(sqlite.pragma('data_version', { simple: true }));
}

/** The facts from which a reader of the mirror sees that something happened. Times are Unix seconds. */
export interface NewsState {
  /** When the last complete pass started. */
  syncedAt: number | null;
  /** Why the fleet can't be read. */
  trouble: { kind: string; message: string; at: number } | null;
  /** The highest signal id; 0: none. */
  topSignalId: number;
  /** Changes whenever an agent's signals list has been brought up to date. */
  signalPasses: number;
  /** Rows of a wiped backend are being replaced. */
  isReplacing: boolean;
}

export function readNewsState({ db }: Reader): NewsState {
  const fleet = db.select().from(fleetState).get();
  const top = db
    .select({ key: sql<number | null>`min(${signals.key})` })
    .from(signals)
    .get();
  // A list that can't be read stays marked as being replaced, and must not keep the others waiting.
  const replacing = sql<number>`coalesce(sum(${syncState.tailReplaces} and ${syncState.errorKind} is null), 0)`;
  const lists = db
    .select({ passes: sql<number>`coalesce(sum(${syncState.donePass}), 0)`, replacing })
    .from(syncState)
    .where(eq(syncState.list, 'signals'))
    .get();
  return {
    syncedAt: fleet?.syncedAt ?? null,
    trouble:
      fleet?.errorKind == null
        ? null
        : { kind: fleet.errorKind, message: fleet.error ?? fleet.errorKind, at: fleet.errorAt ?? 0 },
    topSignalId: -(top?.key ?? 0),
    signalPasses: lists?.passes ?? 0,
    isReplacing: (lists?.replacing ?? 0) > 0,
  };
}

export interface CriticalSignal {
  id: number;
  agentId: string;
  failureType: string;
}

/** The CRITICAL signals with an id above `floor`, newest first, `limit` of them at most. */
export function criticalSignalsAbove({ db }: Reader, floor: number, limit = -1): CriticalSignal[] {
  const severity = db.select({ id: names.id }).from(names).where(eq(names.name, 'CRITICAL')).get();
  if (!severity) return [];
  const types = alias(names, 'types');
  return db
    .select({ key: signals.key, agentId: agents.agentId, failureType: types.name })
    .from(signals)
    .leftJoin(agents, eq(agents.id, signals.agent))
    .leftJoin(types, eq(types.id, signals.failureType))
    .where(and(lt(signals.key, -floor), eq(signals.severity, severity.id), isNull(signals.goneAt)))
    .orderBy(signals.key)
    .limit(limit)
    .all()
    .map(({ key, agentId, failureType }) => ({ id: -key, agentId: agentId ?? '', failureType: failureType ?? '' }));
}
