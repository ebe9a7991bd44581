import * as z from 'zod';
import { daySeconds } from '../days.ts';
import { UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { cut, idOf, idText, printable } from '../printable.ts';
import { coveredFrom } from '../queries/coverage.ts';
import { type FailureDetail, failureDetail } from '../queries/failure-detail.ts';
import { shortRunIds } from '../queries/run-prefixes.ts';
import { typesEver } from '../queries/type-counts.ts';
import { failureDetailLines, maxValue } from '../text/failure-detail.ts';
import { second } from '../text/time.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument, requiredFailureTypeArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';
import { rounded, shareObject } from './patterns-object.ts';
import { coverageNotes, windowEnd } from './window.ts';

/**
 * The type as the API spells it: exact, as answers show it, or without what can't be seen. The input may use any case,
 * and hyphens or spaces for underscores.
 */
function realType(given: string, known: readonly string[]): string | undefined {
  const typed = given.trim();
  const forms = [given, typed, idOf(typed), typed.toUpperCase().replaceAll(/[\s-]+/g, '_')];
  const exact = forms.find((form) => known.includes(form));
  return exact ?? known.find((type) => printable(type).trim() === printable(typed));
}

function unknownType(agentId: string, given: string, known: readonly string[], covered: boolean): string {
  const short = (text: string) => idText(cut(text, maxValue));
  const near = nearest(given, known, 3).map(short);
  const all = known.slice(0, 10).map(short);
  const hint =
    known.length === 0
      ? 'It has had no failures.'
      : near.length > 0
        ? `Did you mean ${near.join(' or ')}?`
        : `It has had ${all.join(', ')}.`;
  const partly = covered ? '' : ' (Not all of its signals are mirrored yet.)';
  return `"${idText(cut(agentId, maxValue))}" has had no failure of type ${short(given)}. ${hint}${partly}`;
}

const shape = z.object({
  agent_id: z.string(),
  failure_type: z.string(),
  days: z.number(),
  affected_runs: z.number(),
  total_runs: z.number(),
  rate: z.number(),
  signals: z.number(),
  first_seen: z.string().optional(),
  last_seen: z.string().optional(),
  /** All that is mirrored, whenever it was. */
  ever: z
    .object({ affected_runs: z.number(), total_runs: z.number(), first_seen: z.string(), last_seen: z.string() })
    .optional(),
  severities: z.record(z.string(), z.number()),
  steps: z.object({ p25: z.number(), p50: z.number(), p75: z.number() }).optional(),
  evidence: z.array(
    z.object({
      key: z.string(),
      signals: z.number(),
      values: z.array(z.object({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.number() })),
      distinct_values: z.number(),
      min: z.number().optional(),
      median: z.number().optional(),
      max: z.number().optional(),
    }),
  ),
  evidence_signals: z.number(),
  /** Days with signals, and the runs of each. */
  signal_trends: z.array(
    z.object({ day: z.string(), count: z.number(), affected_runs: z.number(), total_runs: z.number() }),
  ),
  co_occurring: z.array(z.object({ failure_type: z.string(), runs: z.number(), rate: z.number() })),
  newest_runs: z.array(z.object({ run_id: z.string(), started_at: z.string(), signal_ids: z.array(z.number()) })),
});

function detailObject(agentId: string, detail: FailureDetail): z.infer<typeof shape> {
  const { failureType, days, signals, firstSeen, lastSeen, ever, severities, steps, evidence, trend } = detail;
  return {
    agent_id: agentId,
    failure_type: failureType,
    days,
    ...shareObject(detail),
    signals,
    ...(firstSeen === null ? {} : { first_seen: second(firstSeen) }),
    ...(lastSeen === null ? {} : { last_seen: second(lastSeen) }),
    ...(ever === null
      ? {}
      : {
          ever: {
            affected_runs: ever.affectedRuns,
            total_runs: ever.totalRuns,
            first_seen: second(ever.firstSeen),
            last_seen: second(ever.lastSeen),
          },
        }),
    severities: Object.fromEntries(severities.map(({ severity, count }) => [severity, count])),
    ...(steps ? { steps } : {}),
    evidence: evidence.keys.map(({ key, signals: having, values, distinct, numbers }) => ({
      key: cut(key, maxValue),
      signals: having,
      values: values.map(({ value, count }) => ({
        value: typeof value === 'string' ? cut(value, maxValue) : value,
        count,
      })),
      distinct_values: distinct,
      ...(numbers ?? {}),
    })),
    evidence_signals: evidence.signals,
    signal_trends: trend
      .filter(({ count }) => count > 0)
      .map(({ day, count, affectedRuns, totalRuns }) => ({
        ...{ day, count, affected_runs: affectedRuns, total_runs: totalRuns },
      })),
    co_occurring: detail.together.map(({ failureType: other, runs }) => ({
      failure_type: other,
      runs,
      rate: rounded(runs / detail.affectedRuns),
    })),
    newest_runs: detail.newestRuns.map(({ runId, at, signalIds }) => ({
      run_id: runId,
      started_at: second(at),
      signal_ids: signalIds,
    })),
  };
}

export const getFailurePatternDetailTool = defineTool({
  name: 'get_failure_pattern_detail',
  title: 'One failure type',
  description:
    'One failure type of an agent (a tool loop, context bloat ...) in depth, over 30 days: share of runs, severities, steps, evidence, trend, failures beside it. All types: get_agent_patterns.',
  input: z.strictObject({ agent_id: agentIdArgument, failure_type: requiredFailureTypeArgument }),
  output: shape,
  handler: ({ agent_id: given, failure_type: wanted }, context) =>
    askAboutAgent(context, given, (reader, { agentId, freshness, time }) => {
      const known = typesEver(reader, agentId).map(({ failureType }) => failureType);
      const failureType = realType(wanted, known);
      if (failureType === undefined) throw new UsageError(unknownType(agentId, wanted, known, freshness.covered));
      const { now } = time;
      const { end, notes } = windowEnd(freshness, time);
      const detail = failureDetail(reader, agentId, failureType, end);
      return {
        lines: failureDetailLines(agentId, { ...detail, shortRunId: shortRunIds(reader) }, now),
        structured: detailObject(agentId, detail),
        freshness: { ...freshness, texts: detail.texts },
        notes: [...notes, ...coverageNotes(coveredFrom(reader, agentId), end - detail.days * daySeconds)],
      };
    }),
});
