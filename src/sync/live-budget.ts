import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Trouble } from './messages.ts';
import type { Synced } from './syncer-thread.ts';
import type { Progress } from './tally.ts';

interface LiveBudget {
  clock: Pick<Clock, 'sleep'>;
  config: Pick<Config, 'liveBudgetMs'>;
}

/** Waits for a sync as long as a question may. @returns undefined when the budget is spent first. */
export async function withinBudget(
  { clock, config }: LiveBudget,
  synced: Promise<Synced>,
): Promise<Synced | undefined> {
  // With a budget of 0, skip the timer as well: it takes a millisecond, a third of such an answer.
  if (config.liveBudgetMs === 0) return undefined;
  const done = new AbortController();
  const nothing = () => undefined;
  const spent = clock.sleep(config.liveBudgetMs, done.signal).then(nothing, nothing);
  const ended = await Promise.race([synced, spent]);
  done.abort();
  return ended;
}

/** Why a sync has brought nothing yet, for an answer that goes out while it runs. */
export function lateness(far: Progress | undefined): Trouble {
  const soFar = far ? ` (${far.rows} of about ${far.rowsTotal} rows so far)` : '';
  return { kind: 'late', message: `the API has not answered in full yet${soFar}. Ask again in a moment` };
}
