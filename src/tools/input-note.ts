import type { Reader } from '../db/open.ts';
import { eventCoverage } from '../queries/event-coverage.ts';

/** What a question about an input can't see; nothing where all events are mirrored, or no input is asked about. */
export function inputNotes(reader: Reader, inputHash: string | undefined, agentId: string | undefined): string[] {
  if (inputHash === undefined) return [];
  const { runs, withEvents } = eventCoverage(reader, agentId);
  if (withEvents === runs) return [];
  return [
    `inputs are in the events of runs, which are mirrored of ${withEvents} of ${runs} runs: others may have it too`,
  ];
}
