import { z } from 'zod';
import { agentPatterns, type Patterns } from '../queries/patterns.ts';
import { patternLines } from '../text/patterns.ts';
import { second } from '../text/time.ts';
import { askAboutAgent } from './about-agent.ts';
import { agentIdArgument } from './arguments.ts';
import { defineTool } from './define-tool.ts';

const shares = { affected_runs: z.number(), total_runs: z.number(), rate: z.number() };

const share = ({ affectedRuns, totalRuns, rate }: { affectedRuns: number; totalRuns: number; rate: number }) => ({
  affected_runs: affectedRuns,
  total_runs: totalRuns,
  rate: Math.round(rate * 10_000) / 10_000,
});

const patternsShape = z.object({
  systemic_patterns: z.array(
    z.object({
      failure_type: z.string(),
      is_systemic: z.boolean(),
      ...shares,
      first_seen: z.string(),
      last_seen: z.string(),
    }),
  ),
  days: z.array(z.string()),
  daily_counts: z.record(z.string(), z.array(z.number())),
  worst_days: z.array(z.object({ failure_type: z.string(), day: z.string(), ...shares })),
  input_patterns: z.array(z.object({ input_hash: z.string(), failure_type: z.string(), ...shares })),
  input_coverage: z.object({ runs_with_events: z.number(), runs: z.number() }),
});

function patternsObject(patterns: Patterns): z.infer<typeof patternsShape> {
  return {
    systemic_patterns: patterns.types.map((type) => ({
      failure_type: type.failureType,
      is_systemic: type.isSystemic,
      ...share(type),
      first_seen: second(type.firstSeen),
      last_seen: second(type.lastSeen),
    })),
    days: patterns.days,
    daily_counts: Object.fromEntries(patterns.daily.map(({ failureType, counts }) => [failureType, counts])),
    worst_days: patterns.worstDays.map((worst) => ({
      failure_type: worst.failureType,
      day: worst.day,
      ...share(worst),
    })),
    input_patterns: patterns.inputs.map((input) => ({
      input_hash: input.inputHash,
      failure_type: input.failureType,
      ...share(input),
    })),
    input_coverage: { runs_with_events: patterns.runsWithEvents, runs: patterns.runs },
  };
}

export const getAgentPatternsTool = defineTool({
  name: 'get_agent_patterns',
  title: 'Failure patterns of an agent',
  description:
    "Whether an agent's failures are systemic or one-off: share of runs by failure type, daily counts, worst days, and inputs that reliably trigger failures. For single signals use get_agent_signals or search_signals; for the score get_agent_health.",
  input: z.strictObject({ agent_id: agentIdArgument }),
  output: patternsShape.extend({ agent_id: z.string() }),
  handler: async ({ agent_id: given }, context) => {
    const { agentId, reader, freshness } = await askAboutAgent(context, given);
    const now = context.clock.now();
    const patterns = agentPatterns(reader, agentId, now);
    const [worst] = patterns.types;
    return {
      lines: patternLines(agentId, patterns, freshness.covered, now),
      structured: { agent_id: agentId, ...patternsObject(patterns) },
      freshness,
      next: worst
        ? [
            {
              tool: 'search_signals',
              arguments: { agent_id: agentId, failure_type: worst.failureType, since_hours: 168 },
            },
          ]
        : [],
    };
  },
});
