import { and, eq, sql } from 'drizzle-orm';
import type { Mirror } from '../db/open.ts';
import { runs } from '../db/schema.ts';
import type { Changes } from './changes.ts';
import { markRun } from './runs-removal.ts';

/**
 * Evaluators find signals in old runs, which do not move for it: the run's row, and its `signal_count`, would stay as they were
 * until the runs list is walked whole. So the mirror counts the signals that it holds of such a run.
 */
export interface SignalCounts {
  /** A list shows a signal of the run that it did not show before: the run's row may count too few. */
  came(run: number): void;
  /** The signals list of the agent is the API's as far as is known: what came since it last was is counted. */
  settle(agent: number): void;
}

/** Those that the API counts. */
const held = '(select count(*) from signals s where s.run = runs.id and s.gone_at is null and s.pass is not null)';

export function createSignalCounts({ db, sqlite }: Pick<Mirror, 'db' | 'sqlite'>, changes: Changes): SignalCounts {
  const mark = sqlite.prepare<[number]>(
    `update runs set is_undercounted = 1
      where id = ? and pass is not null and gone_at is null and is_undercounted = 0 and signal_count < ${held}`,
  );
  const marked = db
    .select()
    .from(runs)
    .where(and(eq(runs.agent, sql.placeholder('agent')), sql`is_undercounted = 1`))
    .prepare();
  // More than are held may be counted: some can't be read, or are too old to keep.
  const count = sqlite.prepare<[number]>(
    `update runs set is_undercounted = 0, has_signals = max(signal_count, ${held}) > 0,
      signal_count = max(signal_count, ${held}) where id = ?`,
  );
  return {
    // Not yet counted: until the list is the API's, one that went may still be held.
    came: (run) => {
      mark.run(run);
    },
    settle: (agent) => {
      for (const run of marked.all({ agent })) {
        markRun(changes, run);
        count.run(run.id);
      }
    },
  };
}
