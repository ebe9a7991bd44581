import { printable } from '../printable.ts';

export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** A cell that is wider makes its own row longer, and not all the others too. */
const maxWidth = 60;

/** Rows under their titles and a rule, each column as wide as its widest cell, up to a limit. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title }, index) =>
    Math.min(maxWidth, Math.max(...[title, ...cells.map((row) => row[index] ?? '')].map((cell) => [...cell].length))),
  );
  const line = (row: readonly string[]) =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? '';
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - [...cell].length));
        return align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd();
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [line(columns.map(({ title }) => title)), rule, ...cells.map(line)];
}
