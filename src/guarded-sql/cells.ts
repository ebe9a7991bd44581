/** A cell as the child sends it: texts and blobs are cut, and integers too large for a JSON number become texts. */
export type Cell = string | number | null;

export interface CutCell {
  cell: Cell;
  isCut: boolean;
}

/** A cell of at most about `max` characters; a cut cell ends with its full length. */
export function cutCell(value: unknown, max: number): CutCell {
  if (value === null || value === undefined) return { cell: null, isCut: false };
  if (typeof value === 'number') return { cell: Number.isFinite(value) ? value : String(value), isCut: false };
  if (typeof value === 'bigint') {
    const number = Number(value);
    return { cell: Number.isSafeInteger(number) ? number : String(value), isCut: false };
  }
  if (Buffer.isBuffer(value)) {
    const isCut = value.length * 2 > max;
    const shown = value.toString('hex', 0, isCut ? Math.floor(max / 2) : value.length);
    return { cell: isCut ? `x'${shown}…' [${value.length} bytes]` : `x'${shown}'`, isCut };
  }
  const text = String(value);
  if (text.length <= max) return { cell: text, isCut: false };
  return { cell: `${text.slice(0, max).toWellFormed()}… [${text.length} characters]`, isCut: true };
}
