import { dayOf, startOfDay } from '../days.ts';
import { countedAs } from '../db/day-tables.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { movingLists } from '../lists/names.ts';
import { movedOf } from './moved-rates.ts';
import type { RunShare } from './run-counts.ts';

/** What is new with an agent since the day before a moment began (UTC). */
export interface AgentNews {
  /** Signals that were detected since, in all and by severity. */
  signals: number;
  critical: number;
  high: number;
  /** Failure types that the agent never had before. */
  firstTypes: string[];
  /** Its share of runs that failed, in the seven days before and since, where it rose beyond chance. */
  risen: { before: RunShare; after: RunShare } | undefined;
}

/** So many days before are what the share of failed runs is compared with. */
const daysBefore = 7;

const shares = preparedSql<{ agentId: string; what: number; before: number; after: number }>(`
  select a.agent_id as agentId, d.what, sum(iif(d.day < @newDay, d.runs, 0)) as before,
    sum(iif(d.day >= @newDay, d.runs, 0)) as after
  from agents a cross join run_days d on d.agent = a.id and d.day >= @firstDay and d.day <= @lastDay
  where d.what in (${countedAs.all}, ${countedAs.failed}) and a.gone_at is null
    and (select count(y.covered_from) = ${movingLists.length} and max(y.covered_from) <= @from from sync_state y where y.agent = a.id)
  group by 1, 2`);

const newDays = `agents a cross join signal_days d on d.agent = a.id and d.day >= @newDay and d.day <= @lastDay`;

const counts = preparedSql<Pick<AgentNews, 'signals' | 'critical' | 'high'> & { agentId: string }>(`
  select a.agent_id as agentId, sum(d.signals) as signals,
    sum(d.signals) filter (where d.severity = (select id from names where name = 'CRITICAL')) as critical,
    sum(d.signals) filter (where d.severity = (select id from names where name = 'HIGH')) as high
  from ${newDays} where a.gone_at is null group by 1`);

/** A type is not new while older signals of the agent may still come. */
const firstTypes = preparedSql<{ agentId: string; type: string }>(`
  select f.agentId, (select name from names where id = f.type) as type
  from (select a.id as agent, a.agent_id as agentId, d.failure_type as type from ${newDays}
    where a.gone_at is null
      and (select y.covered_from = 0 from sync_state y where y.agent = a.id and y.list = 'signals') group by 1, 3) f
  where not exists (select 1 from signals s
    where s.agent = f.agent and s.failure_type = f.type and s.detected_at < @since)
  order by 1, 2`);

/** The agents whose share of failed runs rose by more than chance explains; decided for all of them together. */
function risenOf(reader: Reader, days: Record<'firstDay' | 'newDay' | 'lastDay' | 'from', number>) {
  const sides = new Map<string, { before: RunShare; after: RunShare }>();
  for (const { agentId, what, before, after } of shares(reader).all(days)) {
    const known = sides.get(agentId) ?? { before: { hits: 0, total: 0 }, after: { hits: 0, total: 0 } };
    const part = what === countedAs.all ? 'total' : 'hits';
    known.before[part] = before;
    known.after[part] = after;
    sides.set(agentId, known);
  }
  const moved = movedOf([...sides].map(([agentId, shared]) => ({ agentId, ...shared })));
  return new Map(moved.filter(({ change }) => change.low > 0).map((rate) => [rate.agentId, rate]));
}

/** When what is new up to `end` began: with the day before it. Unix seconds. */
export const newSince = (end: number): number => startOfDay(dayOf(end) - 1);

/**
 * What is new with each agent up to `end` (Unix seconds). It counts whole days, which the mirror keeps sums of, so that
 * it costs little and does not change within a day but by what comes.
 * @returns a function that has an answer for any agent.
 */
export function agentNews(reader: Reader, end: number): (agentId: string) => AgentNews {
  const since = newSince(end);
  const newDay = dayOf(since);
  const days = { firstDay: newDay - daysBefore, newDay, lastDay: dayOf(end), from: startOfDay(newDay - daysBefore) };
  const countsOf = new Map(
    counts(reader)
      .all(days)
      .map(({ agentId, ...count }) => [agentId, count]),
  );
  const typesOf = Map.groupBy(firstTypes(reader).all({ ...days, since }), ({ agentId }) => agentId);
  const rises = risenOf(reader, days);
  return (agentId) => {
    const { signals = 0, critical, high } = countsOf.get(agentId) ?? {};
    const types = typesOf.get(agentId) ?? [];
    return {
      signals,
      critical: critical ?? 0,
      high: high ?? 0,
      firstTypes: types.map(({ type }) => type),
      risen: rises.get(agentId),
    };
  };
}
