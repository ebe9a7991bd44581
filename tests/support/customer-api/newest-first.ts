/**
 * A list that is read newest first and mostly grows at the top. Rows are kept oldest first, so that an
 * insertion on top is a push; see `cachedView` for reading.
 */
export class NewestFirst<Row> {
  readonly #oldestFirst: Row[] = [];
  #version = 0;

  get length(): number {
    return this.#oldestFirst.length;
  }

  /** Grows with every change, of the list or (by `touch`) of a row in it. */
  get version(): number {
    return this.#version;
  }

  /** The rows oldest first; the array changes with the list. */
  get oldestFirst(): readonly Row[] {
    return this.#oldestFirst;
  }

  add(row: Row): void {
    this.#oldestFirst.push(row);
    this.touch();
  }

  /** Inserts where `rank` (higher is newer) puts the row, above its equals. Constant time when that is the top. */
  addRanked(row: Row, rank: (row: Row) => number): void {
    const own = rank(row);
    let low = 0;
    let high = this.#oldestFirst.length;
    const top = this.#oldestFirst.at(-1);
    if (top === undefined || rank(top) <= own) low = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#oldestFirst[middle];
      if (other !== undefined && rank(other) <= own) low = middle + 1;
      else high = middle;
    }
    this.#oldestFirst.splice(low, 0, row);
    this.touch();
  }

  remove(row: Row): void {
    const at = this.#oldestFirst.lastIndexOf(row);
    if (at < 0) return;
    this.#oldestFirst.splice(at, 1);
    this.touch();
  }

  /** Turns rows of the same rank around. */
  swapTies(rank: (row: Row) => number): void {
    const groups = [...Map.groupBy(this.#oldestFirst, rank).values()];
    this.#oldestFirst.splice(0, this.#oldestFirst.length, ...groups.flatMap((group) => group.toReversed()));
    this.touch();
  }

  /** To be called when the content of a row changed. */
  touch(): void {
    this.#version += 1;
  }
}

/**
 * A reader of `list`, newest first: what `show` makes of each row, without those it makes `undefined` of.
 * The same array is given again until the list changes.
 */
export function cachedView<Row, Shown>(
  list: NewestFirst<Row>,
  show: (row: Row) => Shown | undefined,
): () => readonly Shown[] {
  let version = -1;
  let shown: Shown[] = [];
  return () => {
    if (version === list.version) return shown;
    version = list.version;
    shown = [];
    for (let at = list.length - 1; at >= 0; at -= 1) {
      const row = list.oldestFirst[at];
      const one = row === undefined ? undefined : show(row);
      if (one !== undefined) shown.push(one);
    }
    return shown;
  };
}
