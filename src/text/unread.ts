import { rowOfList } from '../lists/names.ts';
import { idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { UnreadList } from '../queries/status.ts';
import { plural } from './plural.ts';

/** Why rows can't be read: `3 signals of checkout (signal: detected_at ...)`. */
export function unreadRows({ agentId, list, count, shape }: UnreadList): string {
  const of = agentId === null ? '' : ` of ${idText(agentId)}`;
  return `${plural(count, rowOfList(list))}${of} (${prose(shape)})`;
}
