import { type AnyList, eachList } from '../lists/names.ts';
import type { Freshness } from '../sync/freshness.ts';

/** From what may be out of date to what was asked for just now. */
const sources = ['temporary', 'mirror', 'live'] as const;

/** Which of two moments is earlier; null, for never, is before all. */
function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null;
  return Date.parse(one) <= Date.parse(other) ? one : other;
}

/** Of each kind the larger number: what the two speak of may be the same. */
function moreUnread(one: Freshness['unread'], other: Freshness['unread']): Freshness['unread'] {
  if (!one || !other) return one ?? other;
  const worse = (list: AnyList) => Math.max(one[list], other[list]);
  return { agents: worse('agents'), ...eachList(worse) };
}

/** The freshness of an answer that rests on two: in each respect the worse of theirs, with what either has to say. */
export function worseFreshness(one: Freshness, other: Freshness): Freshness {
  const notes = new Set([one.note, other.note].filter((note) => note !== undefined));
  const unread = moreUnread(one.unread, other.unread);
  const ages = [one.age_seconds, other.age_seconds].filter((age) => age !== null);
  return {
    source: sources.find((source) => source === one.source || source === other.source) ?? 'mirror',
    synced_at: earlier(one.synced_at, other.synced_at),
    age_seconds: ages.length < 2 ? null : Math.max(...ages),
    stale: one.stale || other.stale,
    covered: one.covered && other.covered,
    ...(unread ? { unread } : {}),
    ...(notes.size === 0 ? {} : { note: [...notes].join('; ') }),
  };
}
