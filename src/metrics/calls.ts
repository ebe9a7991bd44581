import type { ToolCalled } from '../tools/call-tool.ts';
import type { Family } from './open-metrics.ts';

/** Upper bounds of the histogram's buckets, in seconds: an answer of the mirror, a slow one, one that waits for the API. */
const bounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 30] as const;

/** Counts the calls of tools that a process has had. */
export interface CallCounts {
  add(called: ToolCalled): void;
  families(): Family[];
}

export function createCallCounts(): CallCounts {
  const counts = new Map<string, { tool: string; outcome: string; count: number }>();
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound) => ({ bound, count: 0 }));
  let totalMs = 0;
  let calls = 0;
  return {
    add: ({ tool, outcome, ms }) => {
      const key = `${tool} ${outcome}`;
      const counted = counts.get(key) ?? { tool, outcome, count: 0 };
      counts.set(key, counted);
      counted.count += 1;
      calls += 1;
      totalMs += ms;
      for (const bucket of buckets) if (ms / 1000 <= bucket.bound) bucket.count += 1;
    },
    families: () => [
      {
        name: 'dunetrace_mcp_calls',
        type: 'counter',
        help: 'Calls of tools, by tool and outcome: answered, error, or cancelled by the client.',
        samples: [...counts.values()].map(({ tool, outcome, count }) => ({
          suffix: '_total',
          labels: { tool, outcome },
          value: count,
        })),
      },
      {
        name: 'dunetrace_mcp_call_duration_seconds',
        type: 'histogram',
        unit: 'seconds',
        help: 'How long calls of tools took, with the wait for the API where there was one.',
        samples: [
          ...buckets.map(({ bound, count }) => ({
            suffix: '_bucket',
            labels: { le: Number.isFinite(bound) ? String(bound) : '+Inf' },
            value: count,
          })),
          { suffix: '_count', value: calls },
          { suffix: '_sum', value: totalMs / 1000 },
        ],
      },
    ],
  };
}
