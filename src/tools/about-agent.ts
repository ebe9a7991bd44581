import { UnansweredError, UsageError } from '../errors.ts';
import type { Reader } from '../mirror/open.ts';
import { printable } from '../printable.ts';
import { agentIds, findAgent } from '../queries/agents.ts';
import type { Ensured } from '../sync/ensure.ts';
import type { Freshness } from '../sync/freshness.ts';
import { sentence } from '../text/freshness.ts';
import type { ToolContext } from './define-tool.ts';
import { nearest } from './nearest.ts';

type Trouble = NonNullable<Ensured['trouble']>;

/** Trouble that kept the API from being asked; that it lacks a thing is none. */
export function outage(trouble: Trouble | undefined): Trouble | undefined {
  return trouble?.kind === 'not_found' ? undefined : trouble;
}

/** Why the API can't be asked, and what to do; for the end of an error. */
export function nextStep(trouble: Trouble): string {
  return `${sentence(trouble.message)} \`dunetrace-mcp doctor\` helps to find the cause.`;
}

/** What to say of a thing that the mirror lacks while the API can't be asked for it. */
export function notMirrored(thing: string, trouble: Trouble): string {
  return `The mirror has no ${thing}, and the API can't be asked. ${nextStep(trouble)}`;
}

/** What a mirror without a single agent can't answer. @throws UnansweredError if the API can't be asked either. */
export function demandMirror(reader: Reader, { trouble }: Ensured): void {
  const out = outage(trouble);
  if (out && agentIds(reader).length === 0)
    throw new UnansweredError(`Nothing is mirrored yet, and the API can't be asked. ${nextStep(out)}`);
}

/** An id as answers show it, without control characters, is as good as the real one. */
export function realId(reader: Reader, given: string): string {
  if (findAgent(reader, given)) return given;
  return agentIds(reader).find((agentId) => printable(agentId) === given) ?? given;
}

/**
 * Sees to it that the mirror holds what it can of an agent.
 * @throws UsageError for an agent that is not known, naming the nearest that are; UnansweredError as demandMirror does.
 */
export async function askAboutAgent(
  { ensure }: Pick<ToolContext, 'ensure'>,
  given: string,
): Promise<{ agentId: string; reader: Reader; freshness: Freshness }> {
  const agentId = realId(await ensure.reader(), given);
  const ensured = await ensure.agent(agentId);
  const reader = await ensure.reader();
  if (findAgent(reader, agentId)) return { agentId, reader, freshness: ensured.freshness };
  demandMirror(reader, ensured);
  throw new UsageError(unknownAgent(reader, agentId, ensured));
}

/** What to say of an agent that is not known: the nearest that are, and why it may not be known yet. */
export function unknownAgent(reader: Reader, agentId: string, { freshness, trouble }: Ensured): string {
  const ids = agentIds(reader).map(printable);
  const name = `"${printable(agentId.length > 200 ? `${agentId.slice(0, 200)}…` : agentId)}"`;
  const near = nearest(agentId, ids, 3).join(', ');
  const known =
    ids.length === 0 ? 'None is known yet.' : `The nearest are ${near}; list_agents lists all ${ids.length}.`;
  const out = outage(trouble);
  if (out) return `${notMirrored(`agent ${name}`, out)} ${known}`;
  const note = trouble || freshness.note === undefined ? '' : ` ${sentence(freshness.note)}`;
  return `There is no agent ${name}. ${known}${note}`;
}
