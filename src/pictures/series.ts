import { type Markup, markup } from './markup.ts';
import { count, sum } from './words.ts';

export interface Series {
  name: string;
  /** One for each column. */
  counts: readonly number[];
}

/** How many series have a colour and a pattern of their own. */
const maxSeries = 6;

/** The first series, and the sum of all others as one more. */
export function fewSeries(series: readonly Series[]): readonly Series[] {
  const others = series.slice(maxSeries);
  const [first] = others;
  if (first === undefined || others.length === 1) return series.slice(0, maxSeries + 1);
  const counts = first.counts.map((_, at) => sum(others.map((other) => other.counts[at] ?? 0)));
  return [...series.slice(0, maxSeries), { name: `${others.length} other types`, counts }];
}

/** What lies on the colour of each series, so that it also tells them apart without colours. */
const strokes = [
  markup``,
  markup`<path d="M-2 2 2-2M0 8 8 0M6 10 10 6"/>`,
  markup`<path d="M2 0v8M6 0v8"/>`,
  markup`<path d="M-2 6 2 10M0 0 8 8M6-2 10 2"/>`,
  markup`<path d="M0 2h8M0 6h8"/>`,
  markup`<circle cx="2" cy="2" r="1"/><circle cx="6" cy="6" r="1"/>`,
  markup`<path d="M0 0 8 8M8 0 0 8"/>`,
];

/** The series' patterns. A page with columns needs them once, anywhere in its body. */
export const seriesPatterns: Markup = markup`<svg class="defs" aria-hidden="true"><defs>${strokes.map(
  (stroke, at) =>
    markup`<pattern id="series-${at}" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="s${at}" width="8" height="8"/>${stroke}</pattern>`,
)}</defs></svg>`;

/** Names the series, with the sum of each. */
export function legend(series: readonly Series[]): Markup {
  const items = series.map(
    ({ name, counts }, at) =>
      markup`<li><svg aria-hidden="true"><rect class="f${at}" width="100%" height="100%"/></svg>${name} (${count(sum(counts))})</li>`,
  );
  return markup`<ul class="legend">${items}</ul>`;
}
