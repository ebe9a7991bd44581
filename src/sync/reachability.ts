import { createClient } from '../api/client.ts';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import { ApiError } from '../errors.ts';
import { getAgentsPage } from '../lists/agents.ts';

/** Whether the API answers and takes the key; if not, why. */
export type Reachability = { reachable: true } | { reachable: false; error: ApiError };

/** A user is waiting for this answer at a prompt. */
const maxTimeoutMs = 3000;

/** Asks the API one small question. */
export async function checkReachability(
  config: Config,
  deps: { clock: Clock; random: () => number },
): Promise<Reachability> {
  const client = createClient({ ...config, timeoutMs: Math.min(config.timeoutMs, maxTimeoutMs) }, deps);
  try {
    await getAgentsPage(client, { offset: 0, limit: 1 });
    return { reachable: true };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { reachable: false, error };
  } finally {
    await client.close();
  }
}
