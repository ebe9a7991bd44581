import stringWidth from 'fast-string-width';
import { printable } from '../printable.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** A wider cell lengthens only its own row, not all the others. */
const maxWidth = 60;
const gap = 2;

/** Created when the first text is cut: creating it takes as long as many an answer. */
let graphemes: Intl.Segmenter | undefined;

/** How many terminal columns a text takes: a wide character takes two. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** The start of a text that takes at most `width` terminal columns, with an ellipsis if the text is cut. */
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

/** Shrinks widths to a total of at most `room`: the widest shrink first, all to the same width. */
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
 * Rows under their titles, one a line, for an answer: two blanks between cells, and none to align them, as a model pays
 * for each. A cell that says nothing is a dash.
 */
export function plainTable(titles: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [titles, ...rows].map((row) => row.map((cell) => printable(cell) || '-').join('  '));
}

/**
 * Rows under their titles and a rule. Each column is as wide as its widest cell, up to a limit. With a `width`, columns
 * shrink and cells are cut until each line fits a terminal of that width.
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
