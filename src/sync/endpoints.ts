import * as z from 'zod';
import { type Client, createClient } from '../api/client.ts';
import { goodRows } from '../api/rows.ts';
import type { ClockSkew } from '../api/server-clock.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ApiError } from '../errors.ts';
import { getAgentsPage } from '../lists/agents.ts';
import { recordListsByName } from '../lists/records.ts';

/** What a Customer API offers. */
export interface Endpoints {
  /** 3: the API has lists of all runs; 2: some of the newer endpoints; undefined: it has no agent to ask about. */
  generation: 1 | 2 | 3 | undefined;
  /** The version that the API reports, if it does. */
  version: string | undefined;
  found: string[];
  missing: string[];
  /** How far its clock is ahead of ours. */
  clockSkew: ClockSkew | undefined;
}

const healthShape = z.object({ version: z.string() }).partial();

async function findEndpoints(client: Client): Promise<Endpoints> {
  const options = { tries: 1 };
  const { rows } = await getAgentsPage(client, { offset: 0, limit: 20, ...options });
  // An id with a slash has no lists.
  const agent = goodRows(rows).find(({ row }) => !row.agent_id.includes('/'));
  const found = ['/v1/agents'];
  const missing: string[] = [];

  async function ask(shown: string, path: string, params: Record<string, string> = {}): Promise<unknown> {
    try {
      const answer = await client.get(path, params, options);
      found.push(shown);
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      missing.push(shown);
      return undefined;
    }
  }

  const health = await ask('/health', '/health');
  const newer = ['/v1/signals'];
  await ask('/v1/signals', '/v1/signals', { limit: '1' });
  if (agent) {
    const base = `/v1/agents/${encodeURIComponent(agent.row.agent_id)}`;
    for (const name of ['runs', 'signals']) await ask(`/v1/agents/{id}/${name}`, `${base}/${name}`, { limit: '1' });
    for (const name of ['health-score', 'token-stats']) {
      newer.push(`/v1/agents/{id}/${name}`);
      await ask(`/v1/agents/{id}/${name}`, `${base}/${name}`);
    }
  }
  const isNewer = newer.some((path) => found.includes(path));
  const isNewest = await hasPath(client, '/v1/runs', options);
  if (isNewest) {
    found.push('/v1/runs');
    // An older API has none of these.
    for (const { path } of Object.values(recordListsByName)) if (typeof path === 'string') await ask(path, path);
  }
  return {
    generation: isNewest ? 3 : isNewer ? 2 : agent ? 1 : undefined,
    version: healthShape.safeParse(health).data?.version,
    found,
    missing,
    clockSkew: client.clockSkew(),
  };
}

async function hasPath(client: Client, path: string, options: { tries: number }): Promise<boolean> {
  try {
    await client.get(path, { limit: '1' }, options);
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** A user is waiting at a prompt. */
const maxTimeoutMs = 3000;

/**
 * Finds out which endpoints a Customer API has, with one request for each.
 * @throws ApiError for an API that is unusable.
 */
export async function examineApi(config: Config, deps: { clock: Clock; random: () => number }): Promise<Endpoints> {
  const client = createClient({ ...config, timeoutMs: Math.min(config.timeoutMs, maxTimeoutMs) }, deps);
  try {
    return await findEndpoints(client);
  } finally {
    await client.close();
  }
}
