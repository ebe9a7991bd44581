import stringWidth from 'fast-string-width';
import { printable } from '../printable.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** A cell that is wider makes its own row longer, and not all the others too. */
const maxWidth = 60;
const gap = 2;

/** Made when the first text is cut: it takes as long as many an answer. */
let graphemes: Intl.Segmenter | undefined;

/** Columns of a terminal that a text takes: a wide character is two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The beginning of a text that takes at most `width` columns of a terminal, with an ellipsis if there is more. */
export function fitted(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  graphemes ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  let left = width - 1;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** The widths that together take at most `room`: the widest give first, and all of those as much. */
function shrunk(widths: readonly number[], room: number): number[] {
  let left = room - gap * (widths.length - 1);
  let among = widths.length;
  const ascending = widths.toSorted((a, b) => a - b);
  for (const width of ascending) {
    if (width > left / among) break;
    left -= width;
    among -= 1;
  }
  const most = among === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(left / among));
  return widths.map((width) => Math.min(width, most));
}

/**
 * Rows under their titles and a rule, each column as wide as its widest cell, up to a limit. With a `width`, columns
 * shrink and cells are cut until a line takes no more of a terminal.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { width }: { width?: number | undefined } = {},
): string[] {
  const titles = columns.map(({ title }) => printable(title));
  const cells = rows.map((row) => row.map(printable));
  const natural = titles.map((title, index) =>
    [title, ...cells.map((row) => row[index] ?? '')].reduce((most, cell) => Math.max(most, widthOf(cell)), 0),
  );
  const widths = width === undefined ? natural.map((widest) => Math.min(maxWidth, widest)) : shrunk(natural, width);
  const line = (row: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const most = widths[index] ?? 0;
        const cell = width === undefined ? (row[index] ?? '') : fitted(row[index] ?? '', most);
        const padding = ' '.repeat(Math.max(0, most - widthOf(cell)));
        return align === 'right' ? padding + cell : cell + padding;
      })
      .join(' '.repeat(gap))
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, one) => sum + one + gap, -gap));
  return [line(titles), rule, ...cells.map(line)];
}
