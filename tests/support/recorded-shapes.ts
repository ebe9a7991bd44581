import { z } from 'zod';

/** What of the recorded analytics is compared; keys that are not named here are not. */

/** The answers with status 200 in a recorded file, by what they are about. */
export function answersOf<Answer>(shape: z.ZodType<Answer>, file: unknown): Map<string, Answer> {
  const answers = z.record(z.string(), z.object({ status: z.number(), body: z.unknown() })).parse(file);
  return new Map(
    Object.entries(answers).flatMap(([key, { status, body }]) => (status === 200 ? [[key, shape.parse(body)]] : [])),
  );
}

const component = z.object({
  score: z.number(),
  max: z.number(),
  value: z.number().nullable(),
  baseline: z.number().nullable().default(null),
});

export const healthScore = z.object({
  score: z.number().nullable(),
  components: z.record(z.string(), component),
  sample_runs: z.number(),
  baseline_ready: z.boolean(),
});

const tokenWindow = z.object({
  total_tokens: z.number(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_cost_usd: z.number(),
  run_count: z.number(),
  failed_run_tokens: z.number(),
  failed_run_cost_usd: z.number(),
  failed_run_count: z.number(),
  failed_pct: z.number(),
  excess_tokens: z.number(),
  excess_cost_usd: z.number(),
  baseline_tokens: z.number().nullable(),
  prevented_tokens: z.number(),
  prevented_cost_usd: z.number(),
  blocked_run_count: z.number(),
  projected_monthly_excess_tokens: z.number(),
  projected_monthly_excess_cost_usd: z.number(),
});
export type TokenWindowRow = z.infer<typeof tokenWindow>;

export const tokenStatsAnswer = z.object({
  windows: z.record(z.string(), tokenWindow),
  waste_by_failure_type: z.array(
    z.object({
      failure_type: z.string(),
      wasted_tokens: z.number(),
      wasted_cost_usd: z.number(),
      affected_runs: z.number(),
    }),
  ),
});

const inputPattern = z
  .object({
    input_hash: z.string(),
    failure_type: z.string(),
    triggered_count: z.number(),
    total_runs: z.number(),
    rate: z.number(),
  })
  .transform((row) => ({ ...row, rate: Number(row.rate.toFixed(2)) }));
export type InputRow = z.infer<typeof inputPattern>;

const share = { total_runs: z.number(), affected_runs: z.number(), rate: z.number() };

export const insights = z.object({
  input_patterns: z.array(inputPattern),
  systemic_patterns: z.array(
    z.object({
      failure_type: z.string(),
      ...share,
      first_seen: z.number(),
      last_seen: z.number(),
      is_systemic: z.boolean(),
    }),
  ),
  failure_rates: z.array(z.object({ failure_type: z.string(), day: z.string(), ...share })),
});

export const insights1 = z.object({
  input_patterns: z.array(inputPattern),
  signal_trends: z.array(z.object({ failure_type: z.string(), day: z.string(), count: z.number() })),
});

export const failurePattern = z.object({
  overview: z.object({ ...share, first_seen: z.number(), last_seen: z.number() }),
  co_occurring: z.array(z.object({ failure_type: z.string(), co_count: z.number(), co_rate: z.number() })),
  daily_trend: z.array(z.object({ day: z.string(), ...share })),
});
