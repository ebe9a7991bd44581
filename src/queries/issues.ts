import type * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { preparedSql } from '../db/prepared.ts';
import { agentIssues, issues } from '../lists/issues.ts';
import { recordItems, recordListStatus } from './records.ts';

/** An issue of an agent: one failure type, from its first signal until it stays away. Times are Unix seconds. */
export interface IssueItem extends Omit<z.infer<typeof issues.wire>, 'id'> {
  /** Null: it is computed from signals, and has no number. */
  id: number | null;
}

export interface Issues {
  items: IssueItem[];
  /** From the API's list; or from signals, by its rule, where the API has no such list. */
  from: 'api' | 'signals';
}

/** So many runs in a row without a failure type resolve its issue. Source: docs/customer-api.md, 'Issues'. */
const cleanRuns = 5;

/**
 * For each agent and failure type: how many runs had it, since when, until when, the largest number of clean runs between
 * two of them, and after the last. Runs are in the order of their analysis, as
 * far as that is known; a run that the API lists no more was before all others.
 */
const seen = preparedSql<{
  agentId: string;
  failureType: string;
  first: number;
  last: number;
  affected: number;
  gap: number;
  after: number;
  resolvedAt: number | null;
}>(`
  with ordered as materialized (
    select id, agent, coalesce(started_at, completed_at) as at,
      row_number() over (partition by agent order by place nulls first, coalesce(started_at, completed_at), id) as n
    from runs where gone_at is null and pass is not null
      and (@agentId is null or agent = (select id from agents where agent_id = @agentId))),
  had as materialized (
    select s.agent, s.failure_type, s.run, coalesce(o.n, 0) as n, min(s.detected_at) as first, max(s.detected_at) as last
    from signals s left join ordered o on o.id = s.run
    where s.gone_at is null and coalesce(s.shadow, 0) = 0
      and (@agentId is null or s.agent = (select id from agents where agent_id = @agentId))
    group by s.failure_type, s.run),
  gaps as (
    select agent, failure_type, first, last, n,
      n - lag(n) over (partition by agent, failure_type order by n) - 1 as gap
    from had),
  ends as (
    select agent, failure_type, min(first) as first, max(last) as last, count(*) as affected, coalesce(max(gap), 0) as gap,
      max(n) as n
    from gaps group by agent, failure_type)
  select a.agent_id as agentId, t.name as failureType, e.first, e.last, e.affected, e.gap,
    coalesce((select max(o.n) from ordered o where o.agent = e.agent), 0) - e.n as "after",
    (select o.at from ordered o where o.agent = e.agent and o.n = e.n + ${cleanRuns}) as resolvedAt
  from ends e join agents a on a.id = e.agent join names t on t.id = e.failure_type`);

function computed(reader: Reader, agentId: string | undefined): IssueItem[] {
  return seen(reader)
    .all({ agentId: agentId ?? null })
    .map(({ agentId: agent_id, failureType: failure_type, first, last, affected, gap, after, resolvedAt }) => {
      const status = after >= cleanRuns ? 'resolved' : gap >= cleanRuns ? 'reopened' : 'open';
      return {
        id: null,
        agent_id,
        failure_type,
        status,
        first_seen: first,
        last_seen: last,
        resolved_at: status === 'resolved' ? resolvedAt : null,
        affected_runs: affected,
        clean_runs_since: Math.min(after, cleanRuns),
      };
    });
}

/** An open issue may be one that was resolved before. */
const hasStatus = (wanted: string, status: string | null | undefined) =>
  wanted === 'open' ? status === 'open' || status === 'reopened' : status === wanted;

export interface IssueFilter {
  agentId?: string | undefined;
  failureType?: string | undefined;
  /** `open` includes reopened ones. */
  status?: string | undefined;
  /** A part of the failure type or of the agent's id, in any case. */
  words?: string | undefined;
}

/** The list with the API's own issues; undefined: it has none, as far as is known. */
function sentList(reader: Reader) {
  const states = recordListStatus(reader);
  return [issues, agentIssues].find(({ name }) => {
    const state = states.find(({ list }) => list === name);
    return state !== undefined && state.readAt !== null && !state.isMissing;
  });
}

/** Whether issues are the API's own. */
export const areIssuesSent = (reader: Reader): boolean => sentList(reader) !== undefined;

/** The issues that a filter matches: open ones first, then reopened and resolved ones, each the latest first. */
export function findIssues(reader: Reader, { agentId, failureType, status, words }: IssueFilter): Issues {
  const sent = sentList(reader);
  const all: IssueItem[] = sent ? recordItems(reader, sent) : computed(reader, agentId);
  const wanted = words?.toLowerCase() ?? '';
  const found = all.filter(
    (issue) =>
      (agentId === undefined || issue.agent_id === agentId) &&
      (failureType === undefined || issue.failure_type.toUpperCase() === failureType.toUpperCase()) &&
      (status === undefined || hasStatus(status, issue.status)) &&
      (issue.failure_type.toLowerCase().includes(wanted) || issue.agent_id.toLowerCase().includes(wanted)),
  );
  const order = ['open', 'reopened', 'resolved'];
  const items = found.sort(
    (one, other) =>
      order.indexOf(one.status ?? '') - order.indexOf(other.status ?? '') ||
      (other.last_seen ?? 0) - (one.last_seen ?? 0),
  );
  return { items, from: sent ? 'api' : 'signals' };
}
