import { UsageError } from '../errors.ts';
import type { Reader } from '../mirror/open.ts';
import { printable } from '../printable.ts';
import { isKnownAgent, listAgents } from '../queries/agents.ts';
import type { Freshness } from '../sync/freshness.ts';

/** @throws UsageError for an agent that the mirror does not know, naming some that it does, and why it may not yet. */
export function demandAgent(reader: Reader, agentId: string, { note, stale }: Freshness): void {
  if (isKnownAgent(reader, agentId)) return;
  const known = listAgents(reader).map((agent) => printable(agent.agentId));
  const some =
    known.length === 0
      ? 'None is known yet'
      : `Known: ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', ...' : ''}`;
  throw new UsageError(
    `There is no agent "${printable(agentId.slice(0, 200))}". ${some}.${stale && note ? ` ${note}` : ''}`,
  );
}
