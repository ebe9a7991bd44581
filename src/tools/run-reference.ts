import { UsageError } from '../errors.ts';
import type { Reader } from '../mirror/open.ts';
import { printable } from '../printable.ts';
import { findRun, runIdsWith } from '../queries/runs.ts';

const minPrefix = 8;
const maxShown = 5;

/**
 * The run id in what somebody typed or pasted: the id itself, or the URL of an alert (`http://host:3000/runs/<run_id>`).
 * @throws UsageError for a URL of something else.
 */
export function runIdIn(reference: string): string {
  const text = reference.trim();
  const inUrl = /\/runs\/([^/?#\s]+)/.exec(text)?.[1];
  if (inUrl !== undefined) return decoded(inUrl);
  if (/^https?:\/\//i.test(text))
    throw new UsageError('run_id is a URL, but none of a run: that looks like http://localhost:3000/runs/<run_id>.');
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
 * The full id of the run that is meant: a unique beginning of 8 or more characters will do.
 * What no run begins with is given back as it is: the API may know it.
 * @throws UsageError for a beginning of several runs.
 */
export function fullRunId(reader: Reader, given: string): string {
  if (given.length < minPrefix || findRun(reader, given)) return given;
  const found = runIdsWith(reader, given, maxShown + 1);
  const [only] = found;
  if (only === undefined) return given;
  if (found.length === 1) return only;
  const shown = found.slice(0, maxShown).map(printable).join(', ');
  throw new UsageError(
    `Several runs begin with "${printable(given)}": ${shown}${found.length > maxShown ? ', ...' : ''}. Pass one of these ids.`,
  );
}
