import { and, asc, desc, eq, gte, isNotNull, isNull, lte, sql } from 'drizzle-orm';
import type { Reader } from '../mirror/open.ts';
import { runs } from '../mirror/schema.ts';
import { prepared } from './prepared.ts';
import { runTime } from './spans.ts';

const ofAgent = eq(runs.agent, sql`(select id from agents where agent_id = ${sql.placeholder('agentId')})`);
const sinceFrom = gte(runTime, sql.placeholder('from'));
const untilEnd = lte(runTime, sql.placeholder('end'));

/** An agent's runs from one moment to another, both included, in Unix seconds. */
export type Window = { agentId: string; from: number; end: number };

/** For statements that are prepared: the runs of a window, whose fields are the placeholders. */
export const inWindow = and(ofAgent, isNull(runs.goneAt), isNotNull(runs.pass), sinceFrom, untilEnd);

const at = sql<number>`${runTime}`;
const firstRun = prepared((db) =>
  db.select({ at }).from(runs).where(and(ofAgent, sinceFrom)).orderBy(asc(runTime)).limit(1).prepare(),
);
const lastRun = prepared((db) =>
  db.select({ at }).from(runs).where(and(ofAgent, untilEnd)).orderBy(desc(runTime)).limit(1).prepare(),
);

/**
 * Which of an agent's runs lie in the windows that begin at each of `froms` and end at `end`: as long as no row changes,
 * two moments with the same text have the same runs in them.
 */
export function runsWithin(reader: Reader, agentId: string, froms: readonly number[], end: number): string {
  const firsts = froms.map((from) => firstRun(reader).get({ agentId, from })?.at);
  return [...firsts, lastRun(reader).get({ agentId, end })?.at].join(' ');
}
