import { createHash } from 'node:crypto';

/** The id of an element about something that these texts name: the same in each page, whatever stands before it. */
export function anchorOf(kind: string, ...names: readonly string[]): string {
  return `${kind}-${createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 12)}`;
}
