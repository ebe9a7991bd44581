import type { Client } from '../api/client.ts';
import { type BadRow, getAgentsPage, isBad, type PageRequest, type Sent } from '../api/pages.ts';
import type { WireAgent } from '../api/wire.ts';

export interface Listing {
  /** Each agent once, most recently seen first. */
  rows: Sent<WireAgent>[];
  badRows: BadRow[];
  /** No agent can have been overlooked. */
  isWhole: boolean;
}

/** The list is ordered by `last_seen`, so an agent that is active while it is read may move past the reader. */
const maxTries = 3;

/** Reads all agents that the API lists, every page; again if the list moved meanwhile. */
export async function listAgents(client: Client, { limit, ...options }: Omit<PageRequest, 'offset'>): Promise<Listing> {
  const found = new Map<string, Sent<WireAgent>>();
  let badRows: BadRow[] = [];
  for (let tries = 0; tries < maxTries; tries += 1) {
    badRows = [];
    const totals = new Set<number>();
    for (let offset = 0, more = true; more; offset += limit) {
      const page = await getAgentsPage(client, { offset, limit, ...options });
      for (const row of page.rows) {
        if (isBad(row)) badRows.push(row);
        else if (!found.has(row.row.agent_id)) found.set(row.row.agent_id, row);
      }
      totals.add(page.total);
      more = page.hasMore && page.rows.length > 0 && offset + page.rows.length < page.total;
    }
    const [total = 0] = totals;
    if (totals.size === 1 && found.size + badRows.length >= total) {
      return { rows: [...found.values()], badRows, isWhole: true };
    }
  }
  return { rows: [...found.values()], badRows, isWhole: false };
}
