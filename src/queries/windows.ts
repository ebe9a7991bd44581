import { and, asc, eq, gt, gte, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { runs } from '../db/schema.ts';
import { untilChanged } from '../db/unchanged.ts';
import { runTime } from './spans.ts';

const ofAgent = and(
  eq(runs.agent, sql`(select id from agents where agent_id = ${sql.placeholder('agentId')})`),
  isNull(runs.goneAt),
  isNotNull(runs.pass),
);
const sinceFrom = gte(runTime, sql.placeholder('from'));

/** An agent's runs from one moment to another, both included, in Unix seconds. */
export type Window = { agentId: string; from: number; end: number };

/** For statements that are prepared: the runs of a window, whose fields are the placeholders. */
export const inWindow = and(ofAgent, sinceFrom, lte(runTime, sql.placeholder('end')));

const at = sql<number>`${runTime}`;
const firstSince = prepared((db) =>
  db.select({ at }).from(runs).where(and(ofAgent, sinceFrom)).orderBy(asc(runTime)).limit(1).prepare(),
);
const firstAfter = prepared((db) =>
  db
    .select({ at })
    .from(runs)
    .where(and(ofAgent, gt(runTime, sql.placeholder('end'))))
    .orderBy(asc(runTime))
    .limit(1)
    .prepare(),
);

/** Less than the distance of two runs that matter, and more than what adding and taking away again may be off by. */
const margin = 0.001;

/** Until when (Unix seconds, excluded) an end may move and none of an agent's runs comes into a window or leaves one. */
function holdsUntil(reader: Reader, agentId: string, lengths: readonly number[], end: number): number {
  const leaving = lengths.map((length) => {
    const first = firstSince(reader).get({ agentId, from: end - length })?.at;
    return first === undefined ? Number.POSITIVE_INFINITY : first + length - margin;
  });
  return Math.min(...leaving, firstAfter(reader).get({ agentId, end })?.at ?? Number.POSITIVE_INFINITY);
}

/** An agent, and the windows that an answer is about: their lengths, and the end of all of them; in (Unix) seconds. */
export interface Windows {
  agentId: string;
  lengths: readonly number[];
  end: number;
  /** What else the answer depends on besides the rows. */
  besides?: string | undefined;
}

/**
 * For answers about the runs of windows that end now, or nearly: remembers each until the mirror changes or the clock takes
 * one of the runs out of a window or into it, whichever is first. Nobody may change an answer.
 */
export function whileRunsStay<Value>(): (reader: Reader, windows: Windows, compute: () => Value) => Value {
  const kept = untilChanged<{ last?: { end: number; until: number; value: Value } }>();
  return (reader, { agentId, lengths, end, besides }, compute) => {
    const known = kept(reader, JSON.stringify([agentId, lengths, besides]), () => ({}));
    if (known.last && end >= known.last.end && end < known.last.until) return known.last.value;
    const value = compute();
    known.last = { end, until: holdsUntil(reader, agentId, lengths, end), value };
    return value;
  };
}
