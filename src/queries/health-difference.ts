import type { HealthComponent } from './health-parts.ts';
import type { ServerHealth } from './server-health.ts';

/** Why a component of the server's score is likely to be another one than ours. */
export type Cause =
  /** The server's score is older; it was fetched at `at`, in Unix seconds. */
  | { kind: 'age'; at: number }
  /** It counts other runs: by their time of analysis, which it does not send. */
  | { kind: 'runs'; server: number; here: number }
  /** The mirror lacks the events of some runs. */
  | { kind: 'events'; runs: number; total: number }
  /** The mirror samples the old runs that make a baseline. */
  | { kind: 'baseline'; server: number | null; here: number | null }
  /** It goes by when runs were analysed and events arrived, which it does not send. */
  | { kind: 'times' };

export interface Difference {
  component: HealthComponent['name'];
  server: number;
  here: number;
  cause: Cause;
}

/** A score of this age (in seconds) may be another one by now. */
const freshSeconds = 3600;

function causeOf(ours: HealthComponent, server: ServerHealth, sampleRuns: number, end: number): Cause {
  const theirs = server.components[ours.name];
  if (end - server.fetchedAt > freshSeconds) return { kind: 'age', at: server.fetchedAt };
  if (server.sampleRuns !== null && server.sampleRuns !== sampleRuns)
    return { kind: 'runs', server: server.sampleRuns, here: sampleRuns };
  const { basis, baseline } = ours;
  if (basis.from === 'events' && basis.runs < basis.total)
    return { kind: 'events', runs: basis.runs, total: basis.total };
  if (basis.from === 'events' && theirs && theirs.baseline !== baseline)
    return { kind: 'baseline', server: theirs.baseline, here: baseline };
  return { kind: 'times' };
}

/** The components in which the server's score differs from ours, which counts the time up to `end` (Unix seconds). */
export function differencesOf(
  components: readonly HealthComponent[],
  server: ServerHealth,
  { sampleRuns, end }: { sampleRuns: number; end: number },
): Difference[] {
  return components.flatMap((ours) => {
    const theirs = server.components[ours.name];
    if (!theirs || Math.abs(theirs.score - ours.score) < 1) return [];
    const cause = causeOf(ours, server, sampleRuns, end);
    return [{ component: ours.name, server: theirs.score, here: ours.score, cause }];
  });
}
