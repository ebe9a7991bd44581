import { printable } from '../printable.ts';
import type { Passed } from '../sync/messages.ts';
import { duration } from './time.ts';

/** What a refresh of the mirror brought. */
export function refreshLines({ agents, newRuns, newSignals, requests, seconds, failures }: Passed): string[] {
  return [
    `Refreshed: the API lists ${agents} ${agents === 1 ? 'agent' : 'agents'}.`,
    `New runs:    ${newRuns}`,
    `New signals: ${newSignals}`,
    `Spent:       ${requests} requests, ${duration(seconds)}`,
    ...failures.map(
      ({ agentId, list, message }) => `Not read: the ${list} of ${printable(agentId)} (${printable(message)})`,
    ),
  ];
}
