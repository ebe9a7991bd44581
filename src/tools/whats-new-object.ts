import * as z from 'zod';
import type { RunShare } from '../queries/run-counts.ts';
import { second } from '../text/time.ts';
import type { WhatsNew } from '../text/whats-new.ts';

const round = (fraction: number) => Math.round(fraction * 1000) / 1000;

const shareObject = ({ hits, total }: RunShare) => ({
  affected_runs: hits,
  total_runs: total,
  rate: round(hits / total),
});

const listOf = <Item extends z.ZodObject>(item: Item) => z.object({ total: z.number(), items: z.array(item) });
const shareShape = z.object({ affected_runs: z.number(), total_runs: z.number(), rate: z.number() });
const typeShape = z.object({ agent_id: z.string(), failure_type: z.string() });

/** What is new, in structured content. */
export const newsShape = z.object({
  since: z.string(),
  until: z.string(),
  signal_count: z.number(),
  new_signals: listOf(
    typeShape.extend({
      count: z.number(),
      severities: z.record(z.string(), z.number()),
      newest_signal_id: z.number(),
      last_detected_at: z.string(),
    }),
  ),
  first_time_types: listOf(typeShape.extend({ first_detected_at: z.string(), covered: z.boolean() })),
  moved_rates: listOf(
    z.object({
      agent_id: z.string(),
      before: shareShape,
      after: shareShape,
      change_low: z.number(),
      change_high: z.number(),
    }),
  ),
  quiet_agents: listOf(
    z.object({
      agent_id: z.string(),
      last_seen: z.string(),
      usual_gap_seconds: z.number(),
      longest_gap_seconds: z.number(),
      /** Of such a silence, were the agent as before. */
      chance: z.number(),
      quiet_since: z.string(),
      is_new: z.boolean(),
    }),
  ),
  new_agents: listOf(
    z.object({
      agent_id: z.string(),
      run_count: z.number(),
      first_run: z.string().optional(),
      covered: z.boolean(),
    }),
  ),
});

/** Unknown values are left out. */
export function newsObject({
  since,
  until,
  signals,
  firstTimes,
  rates,
  quiet,
  agents,
}: WhatsNew): z.infer<typeof newsShape> {
  return {
    since: second(since),
    until: second(until),
    signal_count: signals.count,
    new_signals: {
      total: signals.total,
      items: signals.items.map((group) => ({
        agent_id: group.agentId,
        failure_type: group.failureType,
        count: group.count,
        severities: Object.fromEntries(group.severities),
        newest_signal_id: group.newestId,
        last_detected_at: second(group.lastAt),
      })),
    },
    first_time_types: {
      total: firstTimes.total,
      items: firstTimes.items.map(({ agentId, failureType, firstAt, coveredFrom }) => ({
        agent_id: agentId,
        failure_type: failureType,
        first_detected_at: second(firstAt),
        covered: coveredFrom === 0,
      })),
    },
    moved_rates: {
      total: rates.total,
      items: rates.items.map(({ agentId, before, after, change }) => ({
        agent_id: agentId,
        before: shareObject(before),
        after: shareObject(after),
        change_low: round(change.low),
        change_high: round(change.high),
      })),
    },
    quiet_agents: {
      total: quiet.total,
      items: quiet.items.map(({ agentId, lastSeen, usualGap, longestGap, chance, quietSince }) => ({
        agent_id: agentId,
        last_seen: second(lastSeen),
        usual_gap_seconds: Math.round(usualGap),
        longest_gap_seconds: Math.round(longestGap),
        chance: Number(chance.toPrecision(2)),
        quiet_since: second(quietSince),
        is_new: quietSince >= since,
      })),
    },
    new_agents: {
      total: agents.total,
      items: agents.items.map(({ agentId, runs, firstRun, coveredFrom }) => ({
        agent_id: agentId,
        run_count: runs,
        ...(firstRun === null ? {} : { first_run: second(firstRun) }),
        covered: coveredFrom === 0,
      })),
    },
  };
}
