import { type SQL, sql } from 'drizzle-orm';
import { daySeconds } from '../days.ts';
import type { Reader } from '../db/open.ts';
import { countedOver } from '../mirror/counts.ts';
import { dayNumber } from './spans.ts';

/** A stretch of time in Unix seconds, both ends included. */
export interface Stretch {
  since: number;
  until: number;
}

/** New signals of one agent and type. Times are Unix seconds. */
export interface NewSignals {
  agentId: string;
  failureType: string;
  count: number;
  /** By severity. */
  severities: Map<string, number>;
  /** The highest signal id. */
  newestId: number;
  firstAt: number;
  lastAt: number;
  /** The mirror has no older signal of this agent and type, gone ones included. */
  isFirst: boolean;
  /** The agent's signals are gapless from then on; 0: all of them; null: not yet from anywhere. */
  coveredFrom: number | null;
}

/** An agent that the API lists. */
export const isListed: SQL = sql`a.pass is not null and a.gone_at is null`;

/** From when on both lists of agent `a` are gapless; null: not yet from anywhere. */
export const bothCoveredFrom: SQL = sql`(select case when count(y.covered_from) = 2 then max(y.covered_from) end
  from sync_state y where y.agent = a.id)`;

/**
 * The signals of a condition on `detected_at`, a row each; to be added to what is kept of whole days. By agent and type,
 * as the index that has all that is asked of them is ordered.
 */
const rows = (condition: SQL) => sql`
  select s.agent, s.failure_type, s.severity, 1, s.key, s.detected_at, s.detected_at
  from types t cross join signals s on s.agent = t.agent and s.failure_type = t.failure_type
    and s.gone_at is null and ${condition}`;

/** Signals that were detected in a stretch of time, by agent and type: whole days as they are counted, the rest from rows. */
export function newSignals({ db }: Reader, { since, until }: Stretch): NewSignals[] {
  const sinceDay = dayNumber(since);
  const firstDay = Math.ceil(since / daySeconds);
  const endDay = Math.max(firstDay, dayNumber(until));
  const all = db.all<{
    agentId: string;
    failureType: string;
    severity: string;
    count: number;
    newest: number;
    firstAt: number;
    lastAt: number;
    isFirst: number;
    coveredFrom: number | null;
  }>(sql`
    with types as materialized (
        select distinct c.agent, c.failure_type from agents a cross join signal_counts c
          on c.agent = a.id and c.span = ${countedOver.ever}),
      days as (
        select c.agent, c.failure_type, c.severity, c.signals as count, c.newest, c.first_at, c.last_at
        from agents a cross join signal_counts c on c.agent = a.id and c.span = ${countedOver.day}
          and c.slot >= ${firstDay} and c.slot < ${endDay} and c.signals > 0
        union all ${rows(sql`s.detected_at >= ${since} and s.detected_at < ${firstDay * daySeconds} and s.detected_at <= ${until}`)}
        union all ${rows(sql`s.detected_at >= ${Math.max(since, endDay * daySeconds)} and s.detected_at <= ${until}`)}),
      found as materialized (
        select agent, failure_type, severity, sum(count) as count, min(newest) as newest, min(first_at) as firstAt,
          max(last_at) as lastAt
        from days group by 1, 2, 3)
    select a.agent_id as agentId, t.name as failureType, v.name as severity, f.count, f.newest, f.firstAt, f.lastAt,
      not exists (select 1 from signal_counts o
        where o.agent = f.agent and o.span = ${countedOver.day} and o.slot < ${sinceDay} and o.failure_type = f.failure_type)
      and not exists (select 1 from signals o where o.agent = f.agent and o.failure_type = f.failure_type
        and o.detected_at < ${since} and o.detected_at >= ${sinceDay * daySeconds}) as isFirst,
      (select y.covered_from from sync_state y where y.agent = f.agent and y.list = 'signals') as coveredFrom
    from found f join agents a on a.id = f.agent join names t on t.id = f.failure_type join names v on v.id = f.severity`);
  const groups = new Map<string, NewSignals>();
  for (const row of all) {
    const { agentId, failureType, severity, count, newest, firstAt, lastAt, isFirst, coveredFrom } = row;
    const key = JSON.stringify([agentId, failureType]);
    const group = groups.get(key);
    groups.set(key, {
      agentId,
      failureType,
      count: count + (group?.count ?? 0),
      severities: new Map([...(group?.severities ?? []), [severity, count]]),
      newestId: Math.max(-newest, group?.newestId ?? 0),
      firstAt: Math.min(firstAt, group?.firstAt ?? firstAt),
      lastAt: Math.max(lastAt, group?.lastAt ?? lastAt),
      isFirst: isFirst === 1,
      coveredFrom,
    });
  }
  return [...groups.values()];
}

export interface NewAgent {
  agentId: string;
  /** When its first run that the mirror knows began, in Unix seconds; null: none is known yet. */
  firstRun: number | null;
  /** As the API counts them. */
  runs: number;
  /** Both its lists are gapless from then on; 0: all of them. Where not 0, it may have been there before. */
  coveredFrom: number;
}

/** Agents seen since a moment (Unix seconds) and, as far as the mirror reaches, not before it. */
export function newAgents({ db }: Reader, since: number): NewAgent[] {
  return db.all<NewAgent>(sql`
    select a.agent_id as agentId, coalesce(a.run_count, 0) as runs, ${bothCoveredFrom} as coveredFrom,
      (select min(r.started_at) from runs r where r.agent = a.id) as firstRun
    from agents a
    where ${isListed} and a.last_seen >= ${since} and ${bothCoveredFrom} is not null
      and not exists (select 1 from runs r where r.agent = a.id and r.started_at < ${since})
      -- A run whose times are not known is one that the server dropped the events of for age.
      and not exists (select 1 from runs r where r.agent = a.id and r.started_at is null
        and (r.pass is not null or r.detail_at is not null) and coalesce(r.completed_at, 0) < ${since})
      and not exists (select 1 from signals s where s.agent = a.id and s.detected_at < ${since})
    order by a.last_seen desc, a.agent_id`);
}

/** How many listed agents are not mirrored without a gap from a moment (Unix seconds) on. */
export function uncoveredAgents({ db }: Reader, since: number): number {
  const counted = db.get<{ count: number }>(
    sql`select count(*) as count from agents a where ${isListed} and coalesce(${bothCoveredFrom} > ${since}, true)`,
  );
  return counted?.count ?? 0;
}
