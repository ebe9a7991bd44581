import type { Clock } from '../clock.ts';
import { ApiError, MirrorError } from '../errors.ts';
import { movingLists } from '../lists/names.ts';
import type { Facts, Log } from '../log.ts';
import type { PassSummary } from './pass-state.ts';

function factsOf({ agents, skipped, added, requests, bytes, seconds, badRows, failures }: PassSummary): Facts {
  return {
    agents,
    unchanged: skipped,
    ...Object.fromEntries(movingLists.map((list) => [`new_${list}`, added[list]])),
    requests,
    bytes,
    ms: Math.round(seconds * 1000),
    unread: badRows,
    failures: failures.length,
  };
}

function kindOf(error: unknown): string {
  if (error instanceof ApiError || error instanceof MirrorError) return error.kind;
  return error instanceof Error ? error.name : 'error';
}

/** Logs what a pass did, over one agent or all, or the kind of error that ended it. */
export async function loggedPass(
  { log, clock }: { log: Log; clock: Pick<Clock, 'monotonic'> },
  agent: string | undefined,
  work: () => Promise<PassSummary>,
): Promise<PassSummary> {
  const began = clock.monotonic();
  try {
    const summary = await work();
    log.event?.('pass', { agent, ...factsOf(summary) });
    return summary;
  } catch (error) {
    log.event?.('pass_failed', { agent, error: kindOf(error), ms: Math.round(clock.monotonic() - began) });
    throw error;
  }
}
