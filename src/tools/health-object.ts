import * as z from 'zod';
import type { Health } from '../queries/health.ts';
import type { Difference } from '../queries/health-difference.ts';
import type { HealthComponent } from '../queries/health-parts.ts';
import { basisText, causeText } from '../text/health.ts';

const componentShape = z.object({
  score: z.number(),
  max: z.number(),
  value: z.number().nullable(),
  baseline: z.number().optional(),
  label: z.string(),
  basis: z.string(),
});

/** A health score in structured content; with fewer than three runs there are no components. */
export const healthShape = z.object({
  score: z.number().nullable(),
  sample_runs: z.number(),
  baseline_ready: z.boolean(),
  components: z.partialRecord(
    z.enum(['failure_rate', 'loop_avoidance', 'token_efficiency', 'latency']),
    componentShape,
  ),
  server_score: z.number().optional(),
  /** Where the server's score differs from ours. */
  server_differences: z
    .array(z.object({ component: z.string(), server: z.number(), here: z.number(), likely_cause: z.string() }))
    .optional(),
});

function componentObject({ score, max, value, baseline, label, basis }: HealthComponent, now: number) {
  const compared = baseline === null ? {} : { baseline };
  return { score, max, value, ...compared, label, basis: basisText(basis, now) };
}

const differenceObject = ({ component, server, here, cause }: Difference, now: number) => ({
  component,
  server,
  here,
  likely_cause: causeText(cause, now),
});

/** `now` is in Unix seconds. */
export function healthObject(health: Health, now: number): z.infer<typeof healthShape> {
  const { score, components, sampleRuns, isBaselineReady, server, differences } = health;
  return {
    score,
    sample_runs: sampleRuns,
    baseline_ready: isBaselineReady,
    components: Object.fromEntries(components.map((component) => [component.name, componentObject(component, now)])),
    ...(server === null ? {} : { server_score: server.score }),
    ...(differences.length === 0 ? {} : { server_differences: differences.map((one) => differenceObject(one, now)) }),
  };
}
