import { type Markup, markup } from './markup.ts';

/** Small bars that fit in a row. They contain only shapes: what they show stands beside them in words. */

export type Tone = 'good' | 'fair' | 'poor' | 'plain';

const shown = (value: number) => Number(value.toFixed(3));

/** A bar for each of the counts. `label` says what they show. */
export function sparkline(counts: readonly number[], label: string): Markup {
  const most = Math.max(1, ...counts);
  const bars = counts.map((count, at) => {
    const height = count === 0 ? 1.2 : Math.max(2, (count / most) * 20);
    return markup`<rect x="${at * 4}" y="${shown(20 - height)}" width="3" height="${shown(height)}"/>`;
  });
  return markup`<svg class="spark" role="img" aria-label="${label}" viewBox="0 0 ${counts.length * 4} 20" preserveAspectRatio="none">${bars}</svg>`;
}

/** A bar for a share from 0 to 1. */
export function meter(share: number, label: string, tone: Tone): Markup {
  const width = shown(Math.min(1, Math.max(0, share)) * 100);
  return markup`<svg class="meter ${tone}" role="img" aria-label="${label}"><rect class="track" width="100%" height="100%" rx="3"/><rect class="value" width="${width}%" height="100%" rx="3"/></svg>`;
}
