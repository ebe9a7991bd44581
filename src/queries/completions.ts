import { and, between, desc, eq, gte, isNotNull, isNull, lt, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { agents, runs, signals } from '../db/schema.ts';
import { syncState } from '../db/sync-tables.ts';
import type { ListName } from '../lists/names.ts';
import { newestRuns } from './newest.ts';
import { failureTypes } from './type-counts.ts';

/** Values that complete what a user is typing. */
export interface Completion {
  /** At most 100, the likeliest first. */
  values: string[];
  /** How many values there are; left out where counting would take too long. */
  total?: number;
  hasMore: boolean;
}

const maxValues = 100;
/** Characters of a value: longer ones are of no use in a list. */
const maxLength = 400;
/** Counting stops here: a completion looks at a bounded number of rows, however many there are. */
const maxCounted = 1000;
const newestLookedAt = 200;

export const noCompletion: Completion = { values: [], total: 0, hasMore: false };

function completion(all: readonly string[], isAll = true, total = all.length): Completion {
  const hasMore = !isAll || all.length > maxValues;
  const values = all.filter((value) => value.length <= maxLength).slice(0, maxValues);
  return { values, ...(isAll || total > all.length ? { total } : {}), hasMore };
}

/**
 * The values that start with the typed text, then those that contain it, in any case; each group in the given order.
 */
export function matching(values: readonly string[], typed: string): Completion {
  const wanted = typed.toLowerCase();
  const places = values.map((value) => value.toLowerCase().indexOf(wanted));
  const first = values.filter((_, index) => places[index] === 0);
  const rest = values.filter((_, index) => (places[index] ?? -1) > 0);
  return completion([...first, ...rest]);
}

/** Ids of agents that the API lists, most recently seen first. */
export function completeAgentId({ db }: Reader, typed: string): Completion {
  const rows = db
    .select({ agentId: agents.agentId })
    .from(agents)
    .where(and(isNotNull(agents.pass), isNull(agents.goneAt)))
    .orderBy(desc(agents.lastSeen), agents.agentId)
    .all();
  return matching(
    rows.map(({ agentId }) => agentId),
    typed,
  );
}

/**
 * Failure types, most frequent first, of one agent if given. They come from the agents' own counts, as no index of the
 * signals has them.
 */
export function completeFailureType(reader: Reader, typed: string, agentId: string | undefined): Completion {
  return matching(failureTypes(reader, agentId), typed);
}

/** Run ids that start with the typed text: those of the newest runs first, then the others in order of id. */
export function completeRunId(reader: Reader, typed: string): Completion {
  const newest = newestRuns(reader, newestLookedAt)
    .map(({ runId }) => runId)
    .filter((runId) => runId.startsWith(typed));
  const range = reader.db
    .select({ runId: runs.runId, pass: runs.pass, goneAt: runs.goneAt })
    .from(runs)
    .where(and(gte(runs.runId, typed), lt(runs.runId, `${typed}\u{10ffff}`)))
    .orderBy(runs.runId)
    .limit(maxCounted + 1)
    .all();
  const others = range.filter(({ pass, goneAt }) => pass !== null && goneAt === null).map(({ runId }) => runId);
  const all = [...new Set([...newest, ...others])];
  const isAll = range.length <= maxCounted;
  return completion(all, isAll, typed === '' && !isAll ? listed(reader, 'runs') : all.length);
}

/** Signal ids that begin with the digits typed, newest first. */
export function completeSignalId(reader: Reader, typed: string): Completion {
  if (!/^([1-9]\d{0,14})?$/.test(typed)) return noCompletion;
  const { db } = reader;
  const found: string[] = [];
  for (const [from, to] of idRanges(typed)) {
    const rows = db
      .select({ key: signals.key })
      .from(signals)
      .where(and(between(signals.key, -to, -from), isNull(signals.goneAt)))
      .orderBy(signals.key)
      .limit(maxCounted + 1 - found.length)
      .all();
    found.push(...rows.map(({ key }) => String(-key)));
    if (found.length > maxCounted) break;
  }
  const isAll = found.length <= maxCounted;
  return completion(found, isAll, typed === '' && !isAll ? listed(reader, 'signals') : found.length);
}

/** The ranges of ids that begin with `digits`, the highest first. */
function idRanges(digits: string): [number, number][] {
  if (digits === '') return [[0, Number.MAX_SAFE_INTEGER]];
  const start = Number(digits);
  const zeros = Array.from({ length: 16 - digits.length }, (_, index) => 15 - digits.length - index);
  return zeros.map((count) => [start * 10 ** count, (start + 1) * 10 ** count - 1]);
}

/** How many rows the lists of all agents have, without counting them. */
function listed({ db }: Reader, list: ListName): number {
  const sum = sql<number>`coalesce(sum(${syncState.rows}), 0)`;
  return db.select({ sum }).from(syncState).where(eq(syncState.list, list)).get()?.sum ?? 0;
}
