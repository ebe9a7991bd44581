import { type SQL, sql } from 'drizzle-orm';
import { partsOf, type Window } from '../days.ts';
import { nameOf } from '../db/codes.ts';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { movingLists } from '../lists/names.ts';

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
  /** The mirror has no older signal of this agent and type, not even one that the API has dropped. */
  isFirst: boolean;
  /** Since when the agent's signals are gapless; 0: all of them; null: not gapless from any time yet. */
  coveredFrom: number | null;
}

/** An agent that the API lists. */
export const isListed: SQL = sql`a.pass is not null and a.gone_at is null`;

/** Since when all lists of agent `a` are gapless; null: not gapless from any time yet. */
export const allCoveredFrom: SQL = sql`(select case when count(y.covered_from) = ${movingLists.length} then max(y.covered_from) end
  from sync_state y where y.agent = a.id)`;

/** Signals that were detected in a window, of one agent, type and severity. */
interface Counted {
  agent: number;
  type: number;
  severity: number;
  count: number;
}

const ofDays = preparedSql<Counted>(`
  select d.agent, d.failure_type as type, d.severity, sum(d.signals) as count
  from agents a cross join signal_days d on d.agent = a.id and d.day >= @firstDay and d.day < @endDay group by 1, 2, 3`);

const ofEdge = preparedSql<Counted>(`
  select agent, failure_type as type, severity, count(*) as count from signals
  where detected_at >= @from and detected_at <= @to and detected_at is not @except and gone_at is null group by 1, 2, 3`);

/** The facts in the rows about signals of an agent and type in a window. */
const factsOf = preparedSql<{
  agentId: string;
  failureType: string;
  newest: number;
  firstAt: number;
  lastAt: number;
  isFirst: number;
  coveredFrom: number | null;
}>(`
  select (select agent_id from agents where id = @agent) as agentId, (select name from names where id = @type) as failureType,
    min(key) as newest, min(detected_at) as firstAt, max(detected_at) as lastAt,
    not exists (select 1 from signals where agent = @agent and failure_type = @type and detected_at < @from) as isFirst,
    (select covered_from from sync_state where agent = @agent and list = 'signals') as coveredFrom
  from signals where agent = @agent and failure_type = @type and detected_at >= @from and detected_at <= @end
    and gone_at is null`);

/** Signals that were detected in a window, by agent and type. */
export function newSignals(reader: Reader, window: Window): NewSignals[] {
  const { edges, ...days } = partsOf(window);
  const counted = [...ofDays(reader).all(days), ...edges.flatMap((edge) => ofEdge(reader).all({ ...edge }))];
  const groups = new Map<string, NewSignals>();
  for (const { agent, type, severity, count } of counted) {
    const key = `${agent} ${type}`;
    const group = groups.get(key) ?? newGroup(reader, agent, type, window);
    if (!group) continue;
    const name = nameOf(reader, severity);
    group.count += count;
    group.severities.set(name, (group.severities.get(name) ?? 0) + count);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function newGroup(reader: Reader, agent: number, type: number, { from, end }: Window): NewSignals | undefined {
  const row = factsOf(reader).get({ agent, type, from, end });
  if (!row) return undefined;
  const { newest, isFirst, ...rest } = row;
  return { ...rest, count: 0, severities: new Map(), newestId: -newest, isFirst: isFirst === 1 };
}

export interface NewAgent {
  agentId: string;
  /** When its first run in the mirror started, in Unix seconds; null: no run is known yet. */
  firstRun: number | null;
  /** As the API counts them. */
  runs: number;
  /** Since when all lists of the agent are gapless (Unix seconds); 0: from their start. If not 0, the agent may have existed before. */
  coveredFrom: number;
}

/** Agents seen since a moment (Unix seconds) and, as far as the mirror reaches, not before it. */
export function newAgents({ db }: Reader, since: number): NewAgent[] {
  return db.all<NewAgent>(sql`
    select a.agent_id as agentId, coalesce(a.run_count, 0) as runs, ${allCoveredFrom} as coveredFrom,
      (select min(r.started_at) from runs r where r.agent = a.id) as firstRun
    from agents a
    where ${isListed} and a.last_seen >= ${since} and ${allCoveredFrom} is not null
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
    sql`select count(*) as count from agents a where ${isListed} and coalesce(${allCoveredFrom} > ${since}, true)`,
  );
  return counted?.count ?? 0;
}
