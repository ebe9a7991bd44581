/** How alike two runs are. All of it is pure, and linear in what it is given. */

/** What runs are compared by. Failure types, tools and event types are numbers of the mirror. */
export interface Traits {
  failureTypes: ReadonlySet<number>;
  /** null: its input is not known, for it is in the events. */
  input: string | null;
  /** null: none of its events is mirrored. */
  events: EventTraits | null;
}

export interface EventTraits {
  tools: ReadonlySet<number>;
  /** How often an event of one type comes right after one of another; the first one comes after `beginning`. */
  pairs: ReadonlyMap<string, number>;
}

/** Each part is 0 to 1, or null: it is not known of both runs. */
export interface Likeness {
  failures: number;
  tools: number | null;
  order: number | null;
  input: number | null;
  whole: number;
}

const beginning = 0;

/** The traits of events in their order. */
export function eventTraits(events: readonly { type: number; tool: number | null }[]): EventTraits | null {
  if (events.length === 0) return null;
  const pairs = new Map<string, number>();
  let last = beginning;
  for (const { type } of events) {
    const pair = `${last} ${type}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    last = type;
  }
  return { tools: new Set(events.flatMap(({ tool }) => tool ?? [])), pairs };
}

/** Jaccard's index: how many members two sets share / how many they have together; 1 for two empty ones. */
export function sharedOf<Member>(one: ReadonlySet<Member>, other: ReadonlySet<Member>): number {
  const shared = [...one].filter((member) => other.has(member)).length;
  const all = one.size + other.size - shared;
  return all === 0 ? 1 : shared / all;
}

const countOf = (pairs: EventTraits['pairs']) => [...pairs.values()].reduce((sum, count) => sum + count, 0);

/** Dice's coefficient: twice the pairs that two runs share, each as often as both have it / the pairs of both. */
function orderOf(one: EventTraits['pairs'], other: EventTraits['pairs']): number {
  let shared = 0;
  for (const [pair, count] of one) shared += Math.min(count, other.get(pair) ?? 0);
  return (2 * shared) / (countOf(one) + countOf(other));
}

/**
 * How alike `other` is to `run`: the mean of up to four parts. `failures` and `tools` are shares of what either has that
 * both have, `order` is the likeness of the order of their events' types, `input` is 1 for the same input and else 0.
 * A part that is not known of `run` does not count; one that is not known of `other` alone counts as 0: so the
 * likenesses of all runs to one are means of the same parts.
 */
export function likenessOf(run: Traits, other: Traits): Likeness {
  const both = run.events && other.events ? { one: run.events, other: other.events } : null;
  const failures = sharedOf(run.failureTypes, other.failureTypes);
  const tools = both && sharedOf(both.one.tools, both.other.tools);
  const order = both && orderOf(both.one.pairs, both.other.pairs);
  const input = run.input === null || other.input === null ? null : run.input === other.input ? 1 : 0;
  const parts = [
    failures,
    ...(run.events ? [tools ?? 0, order ?? 0] : []),
    ...(run.input === null ? [] : [input ?? 0]),
  ];
  return { failures, tools, order, input, whole: parts.reduce((sum, part) => sum + part, 0) / parts.length };
}
