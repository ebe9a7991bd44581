import type { Client } from '../api/client.ts';
import type { Page, PageRequest } from '../api/pages.ts';
import { type BadRow, isBad, type Sent } from '../api/rows.ts';
import { ApiError } from '../errors.ts';
import { getAgentsPage, type WireAgent } from '../lists/agents.ts';
import { mostPages } from './advance.ts';

export interface Listing {
  /** Each agent once, most recently seen first. */
  rows: Sent<WireAgent>[];
  badRows: BadRow[];
  /** No agent can have been overlooked. */
  isWhole: boolean;
  /** Why the list could not be read to its end. */
  ill?: ApiError | undefined;
}

/** The list is ordered by `last_seen`, so an agent that is active while it is read may move past the reader. */
const maxTries = 3;
/** Pages in a row that show no agent anew: so many may be shown twice by a list that moves. */
const maxRepeats = 3;

/** What one reading of the list, from its top, has seen. */
interface Reading {
  badRows: BadRow[];
  totals: Set<number>;
  ill?: ApiError | undefined;
}

async function readOnce(
  ask: (offset: number) => Promise<Page<WireAgent>>,
  limit: number,
  found: Map<string, Sent<WireAgent>>,
): Promise<Reading> {
  const reading: Reading = { badRows: [], totals: new Set() };
  const seen = new Set<string>();
  let repeats = 0;
  for (let offset = 0, pages = 1, more = true; more; pages += 1) {
    const page = await ask(offset);
    const before = seen.size;
    for (const row of page.rows) {
      if (isBad(row)) reading.badRows.push(row);
      else seen.add(row.row.agent_id);
      if (!isBad(row) && !found.has(row.row.agent_id)) found.set(row.row.agent_id, row);
    }
    reading.totals.add(page.total);
    // A smaller page than was asked for is followed by the next of its kind.
    offset += page.rows.length;
    more = page.hasMore && page.rows.length > 0;
    repeats = seen.size > before || page.rows.some(isBad) ? 0 : repeats + 1;
    const isEndless = repeats >= maxRepeats || pages >= mostPages(Math.min(seen.size, page.total), limit);
    if (more && isEndless) {
      const what = `its pages bring nothing new after ${seen.size} agents, and it says that ${page.total} are to come`;
      return { ...reading, ill: new ApiError('ill_list', `The agents list does not end: ${what}.`) };
    }
  }
  return reading;
}

/** A list that stood still at the last reading, and showed less than it has. */
function lacking(found: number, { badRows, totals }: Reading): ApiError | undefined {
  const [total = 0] = totals;
  if (totals.size !== 1) return undefined;
  const shown = found + badRows.length;
  return new ApiError(
    'ill_list',
    `The agents list tells of ${total} agents, and shows ${shown} at ${maxTries} readings.`,
  );
}

/**
 * Reads all agents that the API lists, every page; again if the list moved meanwhile. Of a list that can't be read to its
 * end it gives what could be read.
 * @throws ApiError when nothing could be.
 */
export async function listAgents(client: Client, { limit, ...options }: Omit<PageRequest, 'offset'>): Promise<Listing> {
  const found = new Map<string, Sent<WireAgent>>();
  let reading: Reading = { badRows: [], totals: new Set() };

  /** @throws what leaves nothing to go on with. */
  function failed(error: unknown): Reading {
    const isOfTheList = error instanceof ApiError && !error.stopsThePass;
    if (!isOfTheList || (error.kind !== 'ill_list' && found.size === 0)) throw error;
    return { ...reading, ill: error };
  }

  for (let tries = 0; tries < maxTries; tries += 1) {
    const ask = (offset: number) => getAgentsPage(client, { offset, limit, ...options });
    reading = await readOnce(ask, limit, found).catch(failed);
    const [total = 0] = reading.totals;
    if (reading.ill) break;
    if (reading.totals.size === 1 && found.size + reading.badRows.length >= total) {
      return { rows: [...found.values()], badRows: reading.badRows, isWhole: true };
    }
  }
  const { badRows, ill = lacking(found.size, reading) } = reading;
  return { rows: [...found.values()], badRows, isWhole: false, ill };
}
