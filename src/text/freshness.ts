import { printable } from '../printable.ts';
import type { Freshness } from '../sync/freshness.ts';
import { ago, span } from './time.ts';

/** The last line of every answer: its source and its age. Of a whole, fresh mirror there is nothing more to say. */
export function freshnessLine(freshness: Freshness): string {
  const { source, age_seconds: age, stale, covered, only_agents: only, unread, note } = freshness;
  if (source === 'mirror' && age !== null && !stale && covered && !unread && note === undefined)
    return `Source: mirror, ${span(age)} old.`;
  // An answer that is current without a mirror has another source, which the note names.
  if (age === null && !stale && covered && note !== undefined) return `Source: ${printable(note)}.`;
  const current = unread
    ? `read ${ago(age ?? 0)}, except for rows that can't be read`
    : `equal to the API ${ago(age ?? 0)}`;
  const state = age === null ? 'not yet complete' : current;
  const place = source === 'temporary' ? 'a temporary mirror' : 'the local mirror';
  const rest =
    stale && age !== null ? [`The mirror as a whole was ${unread ? 'read' : 'equal to it'} ${ago(age)}.`] : [];
  const sentences = [
    ...(source === 'live' ? ['Source: the API, asked just now.', ...rest] : [`Source: ${place} (${state}).`]),
    ...(source !== 'live' && stale && age !== null ? ['This may be out of date.'] : []),
    ...(covered ? [] : [notCovered(only)]),
    ...(note === undefined ? [] : [sentence(note)]),
  ];
  return sentences.join(' ');
}

const notCovered = (only: string | undefined) =>
  only === undefined
    ? 'Not all of the API is mirrored.'
    : `Not all of the API is mirrored, by choice: only the agents that DUNETRACE_AGENTS names (${printable(only)}).`;

/** `text` as a sentence, with a capital letter (unless it starts with a URL) and a full stop. */
export function sentence(text: string): string {
  const capitalized = printable(text).replace(/^(?!https?:)./u, (letter) => letter.toUpperCase());
  return /[.?!]$/.test(capitalized) ? capitalized : `${capitalized}.`;
}
