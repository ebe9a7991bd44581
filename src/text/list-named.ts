import { idText } from '../printable.ts';

/** A list's name with its agent; null: the list of the agents themselves. */
export function listNamed(agentId: string | null, list: string): string {
  return agentId === null ? `the ${list.replaceAll('_', ' ')} list` : `the ${list} of ${idText(agentId)}`;
}
