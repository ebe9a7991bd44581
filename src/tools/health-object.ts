import { z } from 'zod';
import type { Health } from '../queries/health.ts';

/** A health score in structured content. */
export const healthShape = z.object({
  score: z.number().nullable(),
  components: z.array(
    z.object({
      name: z.string(),
      score: z.number(),
      max: z.number(),
      value: z.number().optional(),
      label: z.string(),
      basis: z.string(),
    }),
  ),
  sample_runs: z.number(),
  baseline_ready: z.boolean(),
});

export function healthObject({ score, components, sampleRuns, isBaselineReady }: Health): z.infer<typeof healthShape> {
  return {
    score,
    components: components.map(({ value, ...component }) => ({ ...component, ...(value === null ? {} : { value }) })),
    sample_runs: sampleRuns,
    baseline_ready: isBaselineReady,
  };
}
