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
  /** The server's points, where its score differs from ours in them, and why that is likely. */
  server_score: z.number().optional(),
  likely_cause: z.string().optional(),
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
});

function componentObject(component: HealthComponent, differences: readonly Difference[], now: number) {
  const { name, score, max, value, baseline, label, basis } = component;
  const compared = baseline === null ? {} : { baseline };
  const differing = differences.find((one) => one.component === name);
  return {
    ...{ score, max, value, ...compared, label, basis: basisText(basis, now) },
    ...(differing ? { server_score: differing.server, likely_cause: causeText(differing.cause, now) } : {}),
  };
}

/** `now` is in Unix seconds. */
export function healthObject(health: Health, now: number): z.infer<typeof healthShape> {
  const { score, components, sampleRuns, isBaselineReady, server, differences } = health;
  return {
    score,
    sample_runs: sampleRuns,
    baseline_ready: isBaselineReady,
    components: Object.fromEntries(
      components.map((component) => [component.name, componentObject(component, differences, now)]),
    ),
    ...(server === null ? {} : { server_score: server.score }),
  };
}
