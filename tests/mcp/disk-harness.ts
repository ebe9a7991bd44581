import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, freshnessOf, type McpConnection, type ToolAnswer } from '../support/mcp-client.ts';
import { createPlace, type Place, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

/** What the tests of the mirror's file under a server share. */

export async function setUp(extra: Record<string, string> = {}) {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1', ...extra });
  const temporaries = join(place.folder, 'tmp');
  mkdirSync(temporaries);
  Object.assign(place.env, { TMPDIR: temporaries });
  return { api, place, temporaries };
}

export const filled = ({ call }: McpConnection) =>
  askUntil(
    () => call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );

export const noted = (answer: ToolAnswer) => freshnessOf(answer).note ?? '';

export const count = async (place: Place, table: string) =>
  Number((await run(['sql', `SELECT count(*) AS n FROM ${table}`, '--format', 'csv'], place)).stdout.split('\n')[1]);
