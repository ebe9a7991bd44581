import type { Freshness } from '../sync/freshness.ts';

/** From possibly out of date to just fetched. */
const sources = ['temporary', 'mirror', 'live'] as const;

/** The earlier of two moments; null means never, and is before all. */
function earlier(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null;
  return Date.parse(one) <= Date.parse(other) ? one : other;
}

/** The larger number of each kind, not the sum: both answers may count the same rows. */
function moreUnread(one: Freshness['unread'], other: Freshness['unread']): Freshness['unread'] {
  if (!one || !other) return one ?? other;
  const lists = Object.keys({ ...one, ...other });
  return Object.fromEntries(lists.map((list) => [list, Math.max(one[list] ?? 0, other[list] ?? 0)]));
}

/** The freshness of an answer that is based on two: the worse of the two in each respect, with the notes of both. */
export function worseFreshness(one: Freshness, other: Freshness): Freshness {
  const notes = new Set([one.note, other.note].filter((note) => note !== undefined));
  const unread = moreUnread(one.unread, other.unread);
  const only = one.only_agents ?? other.only_agents;
  const ages = [one.age_seconds, other.age_seconds].filter((age) => age !== null);
  return {
    source: sources.find((source) => source === one.source || source === other.source) ?? 'mirror',
    synced_at: earlier(one.synced_at, other.synced_at),
    age_seconds: ages.length < 2 ? null : Math.max(...ages),
    stale: one.stale || other.stale,
    covered: one.covered && other.covered,
    ...(only === undefined ? {} : { only_agents: only }),
    ...(unread ? { unread } : {}),
    ...(notes.size === 0 ? {} : { note: [...notes].join('; ') }),
  };
}
