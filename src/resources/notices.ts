import type { Reader } from '../db/open.ts';
import { cut, printable } from '../printable.ts';
import { type CriticalSignal, criticalSignalsAbove, readNewsState } from '../queries/news.ts';
import type { Ensured } from '../sync/ensure.ts';
import { iso } from '../text/time.ts';

/** How many CRITICAL signals the resource shows. */
const maxSignals = 20;

const maxName = 200;

function noticesOf(reader: Reader) {
  return { trouble: readNewsState(reader).trouble, critical: criticalSignalsAbove(reader, 0, maxSignals) };
}

const signalObject = ({ id, agentId, failureType }: CriticalSignal) => ({
  id,
  agent_id: cut(agentId, maxName),
  failure_type: cut(failureType, maxName),
});

/**
 * The state behind the notices, for clients that receive none: whether the API is away, and the newest CRITICAL
 * signals.
 */
export function noticesObject(reader: Reader, { freshness }: Ensured) {
  const { trouble, critical } = noticesOf(reader);
  return {
    api_trouble: trouble && { kind: trouble.kind, message: printable(trouble.message), since: iso(trouble.at) },
    critical_signals: critical.map(signalObject),
    freshness,
  };
}

/** Changes when a notice comes or the API is back. */
export function noticesFingerprint(reader: Reader): string {
  const { trouble, critical } = noticesOf(reader);
  return JSON.stringify([trouble?.kind ?? null, critical.map(({ id }) => id)]);
}
