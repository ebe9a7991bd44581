import { createHash } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { openAnother, type Reader } from '../db/open.ts';
import { revisionOf } from '../db/remembered.ts';
import { inOwnSnapshot } from '../db/snapshot.ts';
import type { Report } from '../report/contents.ts';
import { readReport } from '../report/read.ts';
import type { Ensure, Ensured } from '../sync/ensure.ts';
import { freshnessLine } from '../text/freshness.ts';
import { costsOf, findPrices } from '../tools/pricing.ts';
import { withRecovery } from '../tools/recovery.ts';

export interface ViewDeps {
  ensure: Pick<Ensure, 'asItIs' | 'reader' | 'recover'>;
  clock: Pick<Clock, 'now'>;
  /** The user's own price table, instead of the one in the package. */
  pricesFile: string | undefined;
}

/** How old the mirror is, in the words of answers; and what changes whenever pages show something else. */
export interface State {
  version: string;
  freshness: string;
}

/** What a page is about: all agents, so many of them in full; or one. */
export interface Wanted {
  agentId: string | undefined;
  inFull: number;
  days: number;
}

export interface View {
  state: State;
  report: Report;
}

/** Pages show rows, and ages in minutes. Another file may have come to the same revision. */
function versionOf(reader: Reader, { time }: Ensured): string {
  const shown = [reader.file, revisionOf(reader), Math.floor(time.now / 60)];
  return createHash('sha256').update(JSON.stringify(shown)).digest('base64url').slice(0, 16);
}

const stateOf = (reader: Reader, ensured: Ensured): State => ({
  version: versionOf(reader, ensured),
  freshness: freshnessLine(ensured.freshness),
});

/** @throws MirrorError without a mirror, UsageError with a wrong setting. */
export const readState = ({ ensure }: ViewDeps): Promise<State> => withRecovery(ensure, () => ensure.asItIs(stateOf));

/** Other requests have their turn. */
const rest = () => new Promise<void>((resolve) => void setImmediate(resolve));

/**
 * What a page shows, of one snapshot of the mirror as it is: the API is not asked. It takes a connection of its own, so
 * that other answers, which share one, have their turns between any two agents. @throws as readState does.
 */
export async function readView(deps: ViewDeps, { agentId, inFull, days }: Wanted): Promise<View> {
  const { ensure, clock } = deps;
  const { prices, notes } = await findPrices(deps.pricesFile);
  return withRecovery(ensure, async () => {
    const state = await ensure.asItIs(stateOf);
    const reader = openAnother(await ensure.reader());
    try {
      const now = clock.now();
      const wanted = { agentId, inFull, days, now, costOf: costsOf(prices), pricesDate: prices?.date };
      const report = await inOwnSnapshot(reader, () => readReport(reader, wanted, rest));
      return { state, report: { ...report, notes: [...report.notes, ...notes] } };
    } finally {
      reader.close();
    }
  });
}
