import { type Markup, markup, nothing } from './markup.ts';

/**
 * Charts as SVG. They contain only shapes, as text would scale with them; the page also says in words what they show.
 */

const shown = (value: number) => Number(value.toFixed(3));

/** A small bar chart that fits in a table row. `label` says what it shows. */
export function sparkline(counts: readonly number[], label: string): Markup {
  const most = Math.max(1, ...counts);
  const bars = counts.map((count, at) => {
    const height = count === 0 ? 0.8 : Math.max(2, (count / most) * 20);
    return markup`<rect x="${at * 4}" y="${shown(20 - height)}" width="3" height="${shown(height)}"/>`;
  });
  return markup`<svg class="spark" role="img" aria-label="${label}" viewBox="0 0 ${counts.length * 4} 20" preserveAspectRatio="none">${bars}</svg>`;
}

/** A bar for a share from 0 to 1. */
export function meter(share: number, label: string, tone: 'good' | 'fair' | 'poor' | 'plain'): Markup {
  const width = shown(Math.min(1, Math.max(0, share)) * 100);
  return markup`<svg class="meter ${tone}" role="img" aria-label="${label}" viewBox="0 0 100 8" preserveAspectRatio="none"><rect class="track" width="100" height="8"/><rect class="value" width="${width}" height="8"/></svg>`;
}

export interface Series {
  name: string;
  /** One for each column. */
  counts: readonly number[];
}

/** Columns of stacked counts, the first series at the bottom; each piece has a tooltip. */
export function stackedColumns(columns: readonly string[], series: readonly Series[], label: string): Markup {
  const totals = columns.map((_, at) => series.reduce((sum, { counts }) => sum + (counts[at] ?? 0), 0));
  const most = Math.max(1, ...totals);
  const pieces = columns.map((column, at) => {
    let top = 100;
    return series.map(({ name, counts }, index) => {
      const count = counts[at] ?? 0;
      if (count === 0) return nothing;
      const height = (count / most) * 100;
      top -= height;
      return markup`<rect class="s${index}" x="${at + 0.1}" y="${shown(top)}" width="0.8" height="${shown(height)}"><title>${column}: ${name} ${count}</title></rect>`;
    });
  });
  return markup`<svg class="columns" role="img" aria-label="${label}" viewBox="0 0 ${columns.length} 100" preserveAspectRatio="none">${pieces.flat()}</svg>`;
}

/** Rows of cells: the darker, the more. `says` gives a cell's tooltip. */
export function heatMap(
  rows: readonly (readonly number[])[],
  label: string,
  says: (row: number, column: number) => string,
): Markup {
  const most = Math.max(1, ...rows.flat());
  const cells = rows.flatMap((counts, row) =>
    counts.map((count, column) => {
      const strength = count === 0 ? 0 : 0.15 + 0.85 * (count / most);
      return markup`<rect x="${column + 0.04}" y="${row + 0.06}" width="0.92" height="0.88" fill-opacity="${shown(strength)}"><title>${says(row, column)}: ${count}</title></rect>`;
    }),
  );
  const width = rows[0]?.length ?? 1;
  return markup`<svg class="heat" role="img" aria-label="${label}" viewBox="0 0 ${width} ${rows.length}" preserveAspectRatio="none"><rect class="ground" width="${width}" height="${rows.length}"/>${cells}</svg>`;
}
