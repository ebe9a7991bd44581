import { type Markup, markup, nothing } from './markup.ts';

/** Charts as SVG. They hold shapes alone, as text would be scaled with them; what they show is said in words besides. */

const shown = (value: number) => Number(value.toFixed(3));

/** A line of small bars, such as a row of a table has. `label` says what it shows. */
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

/** Columns of stacked counts, the first series at the bottom; each piece says what it is when pointed at. */
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

/** Rows of cells, the darker the more; `says` names a cell when pointed at. */
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
