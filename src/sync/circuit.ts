import type { Client } from '../api/client.ts';
import { ApiError, type ApiErrorKind } from '../errors.ts';
import { getAgentsPage } from '../lists/agents.ts';
import type { ApiState } from '../mirror/api-state.ts';

/** Failures in a row after which the API counts as down. */
const maxFailures = 3;
/**
 * After this many seconds without a probe, we forget earlier failures: it is longer than the longest pause between two
 * probes.
 */
const voidAfter = 300;

/** A row of failed passes and probes, with no answer in between. Times are Unix seconds. */
export interface Outage {
  failures: number;
  since: number;
  kind: string;
  why: string;
  failedAt: number;
  nextTryAt: number;
}

/**
 * The current outage, as any process saw it; undefined: none, or the last look was on another clock or too long ago.
 */
export function outageOf(state: ApiState | undefined, now: number): Outage | undefined {
  if (!state || state.failures === 0 || state.failedAt === null || Math.abs(now - state.failedAt) > voidAfter)
    return undefined;
  const { failures, failedAt } = state;
  return {
    failures,
    since: state.failingSince ?? failedAt,
    kind: state.failureKind ?? 'unreachable',
    why: state.failureWhy ?? '',
    failedAt,
    nextTryAt: state.nextTryAt ?? failedAt,
  };
}

/** Whether the API counts as down: questions do not try it, and the poller only probes it. */
export const isDown = (outage: Outage | undefined): outage is Outage => (outage?.failures ?? 0) >= maxFailures;

/** Whether this kind of error means that the API is down. An API that refuses the key, or asks for patience, is up. */
export const isDownKind = (kind: ApiErrorKind): boolean => kind === 'unreachable' || kind === 'server_error';

/** How the mirror keeps `outage`; undefined: the API has answered. */
export function outageRow(outage: Outage | undefined) {
  return {
    failures: outage?.failures ?? 0,
    failingSince: outage?.since ?? null,
    failureKind: outage?.kind ?? null,
    failureWhy: outage?.why ?? null,
    failedAt: outage?.failedAt ?? null,
    nextTryAt: outage?.nextTryAt ?? null,
  };
}

const clockTime = (seconds: number) => new Date(seconds * 1000).toISOString().slice(11, 19);

/** Why the API is not asked, since when, and until when; for the end of an answer. */
export function downSentence({ why, since, nextTryAt }: Outage, now: number): string {
  const day = new Date(since * 1000).toISOString().slice(0, 10);
  const next = nextTryAt > now ? `next try at ${clockTime(nextTryAt)}` : 'trying now';
  return `${why} Down since ${day} ${clockTime(since)} UTC; ${next}.`;
}

/**
 * Asks whether the API is up again, with at most two small requests. A backend without `/health` may still be up.
 * @returns the error if it still fails. @throws the signal's reason when it aborts.
 */
export async function probe(client: Client, signal: AbortSignal): Promise<ApiError | undefined> {
  const options = { signal, tries: 1 };
  const asks = [
    () => client.get('/health', {}, options),
    () => getAgentsPage(client, { offset: 0, limit: 1, ...options }),
  ];
  for (const ask of asks) {
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (isDownKind(error.kind)) return error;
    }
  }
  return undefined;
}
