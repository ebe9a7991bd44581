import { movingLists } from '../lists/names.ts';
import { printable } from '../printable.ts';
import type { Passed } from '../sync/messages.ts';
import { listNamed } from './list-named.ts';
import { plural } from './plural.ts';
import { duration } from './time.ts';

/** What a refresh added to the mirror. */
export function refreshLines({ agents, added, requests, seconds, badRows, failures }: Passed): string[] {
  return [
    `Refreshed: the API lists ${plural(agents, 'agent')}.`,
    ...movingLists.map((list) => `${`New ${list}:`.padEnd(13)}${added[list]}`),
    `Spent:       ${plural(requests, 'request')}, ${duration(seconds)}`,
    ...(badRows === 0 ? [] : [`Skipped:     ${plural(badRows, 'row')} that can't be read; the server's log says why`]),
    ...failures.map(({ agentId, list, message }) => `Not read: ${listNamed(agentId, list)} (${printable(message)})`),
  ];
}
