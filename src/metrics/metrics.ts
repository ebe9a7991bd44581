import type { Clock } from '../clock.ts';
import { isWithoutMirror } from '../errors.ts';
import type { Ensure } from '../sync/ensure.ts';
import { withRecovery } from '../tools/recovery.ts';
import type { CallCounts } from './calls.ts';
import { mirrorFamilies } from './mirror.ts';
import { type Family, openMetrics } from './open-metrics.ts';

export interface MetricsDeps {
  ensure: Pick<Ensure, 'reader' | 'recover' | 'isPolled'>;
  calls: CallCounts;
  clock: Pick<Clock, 'now' | 'monotonic'>;
  version: string;
}

/** What the mirror says; nothing while none can be read, which `dunetrace_mirror_polled` and the tools say. */
async function readMirror({ ensure, clock }: MetricsDeps): Promise<Family[]> {
  try {
    return await withRecovery(ensure, async () => mirrorFamilies(await ensure.reader(), clock));
  } catch (error) {
    if (isWithoutMirror(error)) return [];
    throw error;
  }
}

/** The state of the mirror and of this process, as OpenMetrics text. Asking for it is no question that keeps polls quick. */
export async function metricsText(deps: MetricsDeps): Promise<string> {
  const { ensure, calls, version } = deps;
  const [mirror, isPolled] = [await readMirror(deps), await ensure.isPolled()];
  return openMetrics([
    {
      name: 'dunetrace_mcp',
      type: 'info',
      help: 'The version of this server.',
      samples: [{ suffix: '_info', labels: { version }, value: 1 }],
    },
    {
      name: 'dunetrace_mirror_polled',
      type: 'gauge',
      help: 'Whether any process polls the API for the mirror (1), as /healthz says it.',
      samples: [{ value: isPolled ? 1 : 0 }],
    },
    ...mirror,
    ...calls.families(),
  ]);
}
