/** The agents' lists that the mirror holds; each has a descriptor in this folder. */
export const movingLists = ['runs', 'signals'] as const;

export type ListName = (typeof movingLists)[number];

/** All lists, in the order in which texts name them. */
export const allLists = ['agents', ...movingLists] as const;

export type AnyList = (typeof allLists)[number];

/** What a value of each list comes to. */
export function eachList<Value>(of: (list: ListName) => Value): Record<ListName, Value> {
  return { runs: of('runs'), signals: of('signals') };
}

/** What a row of a list is called: `signals` -> signal, `custom_detectors` -> custom detector. */
export function rowOfList(list: string): string {
  return list.replace(/ies$/, 'y').replace(/xes$/, 'x').replace(/s$/, '').replaceAll('_', ' ');
}
