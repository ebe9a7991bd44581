import { cut, idText, printable } from '../printable.ts';
import type { Notice } from './follow.ts';

/** A notice as a logging notification. */
export interface Words {
  level: 'info' | 'warning' | 'critical';
  data: { message: string; signals?: { id: number; agent_id: string; failure_type: string }[]; total?: number };
}

/** How many signals are named; if there are more, only their number is given. */
const maxNamed = 20;

const maxName = 200;

/** The message that a session gets. undefined for a change that has no message of its own. */
export function wordsFor(notice: Notice): Words | undefined {
  if (notice.of === 'changed') return undefined;
  if (notice.of === 'away')
    return {
      level: 'warning',
      data: {
        message: `${ended(printable(notice.sentence))} Answers come from the mirror as it is, and say how old it is.`,
      },
    };
  if (notice.of === 'back')
    return { level: 'info', data: { message: 'The Customer API is back, and the mirror is up to date.' } };
  const { signals } = notice;
  const named = signals.slice(0, maxNamed).map(({ id, agentId, failureType }) => ({
    id,
    agent_id: cut(agentId, maxName),
    failure_type: cut(failureType, maxName),
  }));
  const list = named
    .map(({ id, agent_id, failure_type }) => `#${id} ${idText(failure_type)} on ${idText(agent_id)}`)
    .join('; ');
  const rest = signals.length > named.length ? `; and ${signals.length - named.length} more` : '';
  const head = signals.length === 1 ? 'New CRITICAL signal' : `${signals.length} new CRITICAL signals`;
  return { level: 'critical', data: { message: `${head}: ${list}${rest}.`, signals: named, total: signals.length } };
}

const ended = (text: string) => (/[.?!]$/.test(text) ? text : `${text}.`);
