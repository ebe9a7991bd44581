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
  /** The reading can't have overlooked an agent. */
  isWhole: boolean;
  /** Why the list could not be read to its end. */
  ill?: ApiError | undefined;
}

/** `last_seen` orders the list, so an agent that is active while we read may move past the reader. */
const maxTries = 3;
/** Pages in a row without a new agent: a list that moves may show this many twice. */
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
    // A smaller page than we asked for: the next one follows right after it.
    offset += page.rows.length;
    more = page.hasMore && page.rows.length > 0;
    repeats = seen.size > before || page.rows.some(isBad) ? 0 : repeats + 1;
    const isEndless = repeats >= maxRepeats || pages >= mostPages(Math.min(seen.size, page.total), limit);
    if (more && isEndless) {
      const what = `its pages bring no new agents after ${seen.size}, although its total is ${page.total}`;
      return { ...reading, ill: new ApiError('ill_list', `The agents list does not end: ${what}.`) };
    }
  }
  return reading;
}

/** The error for a list that did not move during the last reading, but showed fewer rows than its total. */
function lacking(found: number, { badRows, totals }: Reading): ApiError | undefined {
  const [total = 0] = totals;
  if (totals.size !== 1) return undefined;
  const shown = found + badRows.length;
  return new ApiError(
    'ill_list',
    `The agents list has a total of ${total}, but showed ${shown} agents in ${maxTries} readings.`,
  );
}

/**
 * Reads all agents that the API lists, every page, and again if the list moved meanwhile. If it can't read the list to
 * its end, it returns what it could read.
 * @throws ApiError when it could read nothing.
 */
export async function listAgents(client: Client, { limit, ...options }: Omit<PageRequest, 'offset'>): Promise<Listing> {
  const found = new Map<string, Sent<WireAgent>>();
  let reading: Reading = { badRows: [], totals: new Set() };

  /** @throws when there is nothing to go on with. */
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
