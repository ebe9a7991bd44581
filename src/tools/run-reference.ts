import type { Reader } from '../db/open.ts';
import { UsageError } from '../errors.ts';
import { idOf, idText } from '../printable.ts';
import { minPrefix } from '../queries/run-prefixes.ts';
import { findRun, runIdsWith } from '../queries/runs.ts';

const maxShown = 5;

/**
 * The run id in the text that a user typed or pasted: the id itself, or the URL of an alert
 * (`http://host:3000/runs/<run_id>`).
 * @throws UsageError for a URL of something else.
 */
export function runIdIn(reference: string): string {
  // Chats wrap links in <> with a title behind a |, and older answers cut ids.
  const text = reference
    .trim()
    .replace(/^<(.*)>$/, '$1')
    .replace(/\|[\s\S]*/, '')
    .replace(/(\u2026|\.{3})$/, '');
  const inUrl = /\/runs\/([^/?#\s]+)/.exec(text)?.[1];
  if (inUrl !== undefined) return decoded(inUrl);
  if (/^https?:\/\//i.test(text))
    throw new UsageError(
      'run_id is a URL, but not the URL of a run. That looks like http://localhost:3000/runs/<run_id>.',
    );
  return text;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * The full id of the run that the caller means. `given` is an id, exact or as answers show it, or a unique prefix of 8
 * or more characters, in any case. A prefix of no run is returned unchanged: the API may know it.
 * @throws UsageError for a prefix of several runs.
 */
export function fullRunId(reader: Reader, given: string): string {
  for (const id of new Set([given, given.toLowerCase(), idOf(given)])) {
    if (findRun(reader, id)) return id;
    const [only, ...others] = id.length < minPrefix ? [] : runIdsWith(reader, id, maxShown + 1);
    if (only === undefined) continue;
    if (others.length === 0) return only;
    const shown = [only, ...others].slice(0, maxShown).map(idText).join(', ');
    const rest = others.length < maxShown ? '' : ', ...';
    throw new UsageError(`Several runs begin with "${idText(id)}": ${shown}${rest}. Pass one of these ids.`);
  }
  return given;
}
