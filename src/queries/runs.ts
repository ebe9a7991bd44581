import { and, desc, eq, gt, gte, isNotNull, isNull, lt, not, or, type SQL, sql } from 'drizzle-orm';
import { alias } from 'drizzle-orm/sqlite-core';
import type { Reader } from '../db/open.ts';
import { prepared, preparedByShape } from '../db/prepared.ts';
import { agents, names, runs, runEvents as storedEvents } from '../db/schema.ts';
import { parseObject } from './json.ts';
import { listedRunCount } from './run-counts.ts';
import { type TextState, textState } from './texts.ts';

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
  /** The conversation that the run is of; null: none, or its detail was not fetched. */
  conversationId: number | null;
  /** The server dropped the run's events because of their age; what the mirror knows of it is from before. */
  eventsExpired: boolean;
  /** When a sync found that the API had dropped the run. */
  goneAt: number | null;
}

const exits = alias(names, 'exits');

/** Outer joins keep `runs` outermost, so that names are looked up only for the rows of a page. */
function select(db: Reader['db']) {
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
      conversationId: runs.conversationId,
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
  /** Only runs whose input has this hash; it is in a run's events. */
  inputHash?: string | undefined;
}

/** Where a page ended. */
export type RunPosition = readonly [startedAt: number | null, runId: string];

/** Where a run stands in the API's list, the higher the newer; below all others: not known. */
const place = sql`coalesce(${runs.place}, -1)`;

/** The rows after a position: runs that started earlier, then those without a known start, in the API's order. */
function after(position: RunShape['after']): SQL | undefined {
  const [startedAt, runId] = [sql.placeholder('startedAt'), sql.placeholder('runId')];
  if (position === undefined) return undefined;
  if (position === 'unknown start') {
    // A run that is gone since has no place: these rows then come again, rather than never.
    const reached = sql`coalesce((select coalesce(p.place, -1) from runs p where p.run_id = ${runId}), 9e18)`;
    const isBelow = or(lt(place, reached), and(eq(place, reached), gt(runs.runId, runId)));
    return and(isNull(runs.startedAt), isBelow);
  }
  const sameStart = and(eq(runs.startedAt, startedAt), gt(runs.runId, runId));
  return or(lt(runs.startedAt, startedAt), sameStart, isNull(runs.startedAt));
}

/** Everything that the text of a query depends on. */
interface RunShape {
  hasSignals: boolean | undefined;
  hasInput: boolean;
  after?: 'start' | 'unknown start' | undefined;
}

function conditionOf({ hasSignals, hasInput }: RunShape): SQL | undefined {
  const failed = sql`coalesce(${runs.signalCount}, ${runs.hasSignals}, 0) > 0`;
  return and(
    eq(runs.agent, sql`(select id from agents where agent_id = ${sql.placeholder('agentId')})`),
    isNull(runs.goneAt),
    isNotNull(runs.pass),
    hasInput ? eq(runs.input, sql.placeholder('inputHash')) : undefined,
    hasSignals === undefined ? undefined : hasSignals ? failed : not(failed),
  );
}

const countOfShape = preparedByShape((db, shape: RunShape) =>
  db.select({ total: sql<number>`count(*)` }).from(runs).where(conditionOf(shape)).prepare(),
);

const pageOfShape = preparedByShape((db, shape: RunShape) =>
  select(db)
    .where(and(conditionOf(shape), after(shape.after)))
    // With an order of their own, runs of an input are found by it, and not among all of the agent's by their start.
    .orderBy(
      shape.hasInput ? sql`+${runs.startedAt} desc` : desc(runs.startedAt),
      sql`case when ${runs.startedAt} is null then ${place} end desc`,
      runs.runId,
    )
    .limit(sql.placeholder('limit'))
    .prepare(),
);

/** How many runs there are. */
export function countRuns(reader: Reader, { agentId, hasSignals, inputHash }: RunFilter): number {
  const hasInput = inputHash !== undefined;
  if (hasSignals === undefined && !hasInput) return listedRunCount(reader, agentId);
  return countOfShape(reader, { hasSignals, hasInput }).get({ agentId, inputHash })?.total ?? 0;
}

/**
 * An agent's runs after a position, most recently started first (those without a known start last, in the API's order),
 * and how many there are.
 */
export function findRuns(
  reader: Reader,
  filter: RunFilter,
  { limit, after: position }: { limit: number; after?: RunPosition | undefined },
): { items: RunItem[]; total: number } {
  const { agentId, hasSignals, inputHash } = filter;
  const hasInput = inputHash !== undefined;
  const [startedAt, runId] = position ?? [];
  const from = position && (startedAt === null ? 'unknown start' : 'start');
  const bound = { agentId, startedAt, runId, limit, inputHash };
  const items = pageOfShape(reader, { hasSignals, hasInput, after: from }).all(bound);
  return { items, total: countRuns(reader, filter) };
}

const byRunId = prepared((db) =>
  select(db)
    .where(and(eq(runs.runId, sql.placeholder('runId')), isKnown))
    .prepare(),
);

/** A run from a list, or one whose detail was fetched. (`v_runs` has only those from lists, as the API does.) */
export function findRun(reader: Reader, runId: string): RunItem | undefined {
  return byRunId(reader).get({ runId });
}

const beginningWith = prepared((db) =>
  db
    .select({ runId: runs.runId })
    .from(runs)
    .where(
      and(
        gte(runs.runId, sql.placeholder('prefix')),
        lt(runs.runId, sql.placeholder('end')),
        // Past the last character there are more bytes.
        sql`substr(${runs.runId}, 1, length(${sql.placeholder('prefix')})) = ${sql.placeholder('prefix')}`,
      ),
    )
    .orderBy(runs.runId)
    .limit(sql.placeholder('limit'))
    .prepare(),
);

/** Up to `limit` ids that start with `prefix`, of runs that are mirrored or that signals name. */
export function runIdsWith(reader: Reader, prefix: string, limit: number): string[] {
  const found = beginningWith(reader).all({ prefix, end: `${prefix}\u{10ffff}`, limit });
  return found.map(({ runId }) => runId);
}

export interface RunEventItem {
  eventType: string;
  stepIndex: number | null;
  /** Unix seconds. */
  timestamp: number | null;
  payload: Record<string, unknown>;
}

const numbered = prepared((db) =>
  db
    .select({ id: runs.id, detailAt: runs.detailAt })
    .from(runs)
    .where(eq(runs.runId, sql.placeholder('runId')))
    .prepare(),
);

const ofRun = eq(storedEvents.run, sql.placeholder('run'));

const eventsOf = prepared((db) =>
  db
    .select({
      eventType: names.name,
      stepIndex: storedEvents.stepIndex,
      timestamp: storedEvents.timestamp,
      payload: storedEvents.payload,
    })
    .from(storedEvents)
    .innerJoin(names, eq(names.id, storedEvents.eventType))
    .where(ofRun)
    .orderBy(storedEvents.seq)
    .limit(sql.placeholder('limit'))
    .offset(sql.placeholder('from'))
    .prepare(),
);

const eventCount = prepared((db) =>
  db.select({ total: sql<number>`count(*)` }).from(storedEvents).where(ofRun).prepare(),
);

/** A part of a run's timeline. */
export interface EventPage {
  items: readonly RunEventItem[];
  /** How many events the run has. */
  total: number;
  /** Whether they are here as the run is now. */
  isFetched: boolean;
  texts: TextState;
  /** The run has changed since they were fetched: there may be more, or others. */
  isOlder: boolean;
}

/** `limit` events of a run in order, starting with number `from`. */
export function runEvents(reader: Reader, runId: string, { from, limit }: { from: number; limit: number }): EventPage {
  const known = numbered(reader).get({ runId });
  const texts = textState(reader);
  if (!known) return { items: [], total: 0, isFetched: false, isOlder: false, texts };
  const run = known.id;
  const items = eventsOf(reader)
    .all({ run, from, limit })
    .map((event) => ({ ...event, payload: parseObject(event.payload) }));
  const total = eventCount(reader).get({ run })?.total ?? 0;
  const isFetched = known.detailAt !== null;
  return { items, total, isFetched, isOlder: !isFetched && total > 0, texts };
}
