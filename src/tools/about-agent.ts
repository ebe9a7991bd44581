import type { Reader } from '../db/open.ts';
import { UnansweredError, UsageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { cut, idOf, idText, printable } from '../printable.ts';
import { agentIds, isKnownAgent } from '../queries/agents.ts';
import type { Ensured } from '../sync/ensure.ts';
import { sentence } from '../text/freshness.ts';
import type { ToolContext } from './define-tool.ts';

type Trouble = NonNullable<Ensured['trouble']>;

/** Trouble that kept the API from being asked. A missing resource, one that is left out, or a slow API does not count. */
function outage(trouble: Trouble | undefined): Trouble | undefined {
  return ['not_found', 'late', 'left_out'].includes(trouble?.kind ?? '') ? undefined : trouble;
}

/** Why the API can't be asked, and what to do about it; for the end of an error message. */
export function nextStep(trouble: Trouble): string {
  return `${sentence(trouble.message)} Run \`dunetrace-mcp doctor\` to find the cause.`;
}

/**
 * The message for a thing that the mirror lacks while the API can't be asked, or rows can't be read; undefined: the API
 * lacks it too.
 */
export function notMirrored(thing: string, { trouble, freshness }: Ensured): string | undefined {
  if (trouble?.kind === 'left_out') return sentence(trouble.message);
  if (freshness.unread && !outage(trouble))
    return `The mirror has no ${thing}, but it may be among the rows that can't be read: ${sentence(freshness.note ?? '')}`;
  if (trouble?.kind === 'late') return `The mirror has no ${thing} yet. ${sentence(trouble.message)}`;
  const out = outage(trouble);
  return out && `The mirror has no ${thing}, and the API can't be asked. ${nextStep(out)}`;
}

/** Checks that the mirror has at least one agent. @throws UnansweredError if it has none and the API can't be asked. */
export function demandMirror(reader: Reader, { trouble }: Ensured): void {
  const out = outage(trouble);
  if (out && agentIds(reader).length === 0)
    throw new UnansweredError(`Nothing is mirrored yet, and the API can't be asked. ${nextStep(out)}`);
}

const readsAs = (text: string) => printable(text).trim();

/** How many ids an error names. */
const maxNamed = 5;

/**
 * The id of the agent that the caller means: exact, as answers show it, or without invisible characters.
 * @throws UsageError for a text that fits several ids.
 */
export function realId(reader: Reader, given: string): string {
  const exact = [given, given.trim(), idOf(given.trim())].find((id) => isKnownAgent(reader, id));
  if (exact !== undefined) return exact;
  const wanted = readsAs(given);
  const [only, ...others] = agentIds(reader).filter((agentId) => readsAs(agentId) === wanted);
  if (only === undefined || others.length === 0) return only ?? given;
  const named = [only, ...others].slice(0, maxNamed).map((id) => `"${idText(id)}"`);
  const rest = others.length < maxNamed ? '' : ', ...';
  throw new UsageError(
    `${others.length + 1} agents look like "${cut(wanted, 80)}" and differ only in invisible characters: ${named.join(', ')}${rest}. Pass one of these ids.`,
  );
}

/** The agent by whose id rows are chosen: one that the mirror knows, or the id as it was typed. @throws as realId does. */
export function chosenAgent(reader: Reader, given: string): string {
  const id = realId(reader, given);
  return isKnownAgent(reader, id) ? id : idOf(given.trim());
}

/**
 * Answers a question about an agent, after bringing its part of the mirror up to date as far as possible.
 * @throws UsageError for an unknown agent, naming the nearest known ones; UnansweredError as demandMirror does.
 */
export function askAboutAgent<Answer>(
  { ensure }: Pick<ToolContext, 'ensure'>,
  given: string,
  answer: (reader: Reader, about: { agentId: string } & Pick<Ensured, 'freshness' | 'time'>) => Answer,
): Promise<Answer> {
  return ensure.agent(
    (reader) => realId(reader, given),
    (reader, ensured, agentId) => {
      if (isKnownAgent(reader, agentId))
        return answer(reader, { agentId, freshness: ensured.freshness, time: ensured.time });
      demandMirror(reader, ensured);
      throw new UsageError(unknownAgent(reader, agentId, ensured));
    },
  );
}

/** The message for an unknown agent: the nearest known ones, and why it may not be known yet. */
export function unknownAgent(reader: Reader, agentId: string, ensured: Ensured): string {
  const ids = agentIds(reader).map(idText);
  const name = `"${idText(cut(agentId, 80))}"`;
  const near = nearest(agentId, ids, 3);
  const hint = near.length === 0 ? '' : `Did you mean ${near.join(' or ')}? `;
  const known = ids.length === 0 ? 'No agents are known yet.' : `${hint}list_agents lists all ${ids.length}.`;
  return `${notMirrored(`agent ${name}`, ensured) ?? `There is no agent ${name}.`} ${known}`;
}
