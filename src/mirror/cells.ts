/** A cell of a table of counts: what it counts, in the order of the arguments of `at`. */
export type Cell = readonly [number, number, number, number, number];

/** Values by five whole numbers. */
export interface Cells<Value> {
  /** The cell's value; the one that `begin` makes where there was none. */
  at(a: number, b: number, c: number, d: number, e: number): Value;
  all(): readonly Value[];
  clear(): void;
}

type Level<Inner> = Map<number, Inner>;

function within<Inner>(level: Level<Level<Inner>>, key: number): Level<Inner> {
  const known = level.get(key);
  if (known) return known;
  const begun: Level<Inner> = new Map();
  level.set(key, begun);
  return begun;
}

/** Maps in maps: a string of the five numbers takes five times as long to make and to find, and is thousands a page. */
export function createCells<Value>(begin: (cell: Cell) => Value): Cells<Value> {
  const root: Level<Level<Level<Level<Level<Value>>>>> = new Map();
  let values: Value[] = [];
  return {
    at: (a, b, c, d, e) => {
      const last = within(within(within(within(root, a), b), c), d);
      const known = last.get(e);
      if (known !== undefined) return known;
      const begun = begin([a, b, c, d, e]);
      last.set(e, begun);
      values.push(begun);
      return begun;
    },
    all: () => values,
    clear: () => {
      root.clear();
      values = [];
    },
  };
}
