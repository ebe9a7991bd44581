interface RawRow {
  readonly row: unknown;
  /** How many proper rows were in the list when it was put on top of them. */
  readonly above: number;
}

/** Malformed rows, kept apart from the proper ones of a list and mixed in for whoever reads the list over HTTP. */
export class RawRows {
  readonly #lists = new Map<string, RawRow[]>();

  /** Puts `row` on top of a list that has `above` proper rows now. */
  add(list: string, row: unknown, above: number): void {
    const rows = this.#lists.get(list) ?? [];
    rows.push({ row, above });
    this.#lists.set(list, rows);
  }

  /** `rows` (newest first) with the raw rows of the list at the depth to which later rows pushed them. */
  mixInto(list: string, rows: readonly unknown[]): readonly unknown[] {
    const raw = this.#lists.get(list);
    if (raw === undefined) return rows;
    const mixed = [...rows];
    for (const { row, above } of raw) mixed.splice(Math.max(0, rows.length - above), 0, row);
    return mixed;
  }

  clear(): void {
    this.#lists.clear();
  }
}
