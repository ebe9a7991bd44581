import { eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Reader } from '../db/open.ts';
import { prepared } from '../db/prepared.ts';
import { agents, serverHealth } from '../db/schema.ts';
import { lenientJson } from './json.ts';

const number = () => z.number().nullish().catch(null);
const component = z.object({ score: z.number(), value: number(), baseline: number() }).nullish().catch(null);
const shape = z.object({
  score: number(),
  components: z
    .object({ failure_rate: component, loop_avoidance: component, token_efficiency: component, latency: component })
    .nullish()
    .catch(null),
  sample_runs: number(),
});

/** The server's value for one part of its score. */
export interface ServerComponent {
  score: number;
  value: number | null;
  baseline: number | null;
}

/** The health that the server itself last reported for an agent; null where it reported nothing readable. */
export interface ServerHealth {
  score: number | null;
  components: Record<'failure_rate' | 'loop_avoidance' | 'token_efficiency' | 'latency', ServerComponent | null>;
  sampleRuns: number | null;
  /** Unix seconds. */
  fetchedAt: number;
}

const componentOf = (sent: z.infer<typeof component>): ServerComponent | null =>
  sent ? { score: sent.score, value: sent.value ?? null, baseline: sent.baseline ?? null } : null;

const stored = prepared((db) =>
  db
    .select({ body: serverHealth.body, fetchedAt: serverHealth.fetchedAt })
    .from(serverHealth)
    .innerJoin(agents, eq(agents.id, serverHealth.agent))
    .where(eq(agents.agentId, sql.placeholder('agentId')))
    .prepare(),
);

/** The server's own score of an agent, if its API has one and it was mirrored. */
export function readServerHealth(reader: Reader, agentId: string): ServerHealth | undefined {
  const row = stored(reader).get({ agentId });
  const parsed = row && shape.safeParse(lenientJson(row.body));
  if (!parsed?.success) return undefined;
  const { score, components, sample_runs: sampleRuns } = parsed.data;
  return {
    score: score ?? null,
    components: {
      failure_rate: componentOf(components?.failure_rate),
      loop_avoidance: componentOf(components?.loop_avoidance),
      token_efficiency: componentOf(components?.token_efficiency),
      latency: componentOf(components?.latency),
    },
    sampleRuns: sampleRuns ?? null,
    fetchedAt: row?.fetchedAt ?? 0,
  };
}
