import { type Markup, markup, nothing } from './markup.ts';
import { percentAt, type Scale, wholeScale } from './scale.ts';
import { fewSeries, legend, type Series } from './series.ts';
import { count, dayTime, grouped, many, shortDay, sum } from './words.ts';

export interface DayCounts {
  /** `YYYY-MM-DD`, oldest first. */
  days: readonly string[];
  /** The most frequent first. */
  series: readonly Series[];
}

/** At most so many days are named under the columns, and so many where there is little room. */
const maxNames = 12;
const maxNamesNarrow = 6;

/** A piece of a column is never too thin to be seen: the least height, as a share of the plot. */
const leastShare = 0.012;

function pieces(series: readonly Series[], at: number, { max }: Scale): Markup[] {
  let top = max;
  return series.map(({ counts }, index) => {
    const value = counts[at] ?? 0;
    if (value === 0) return nothing;
    const height = Math.max(value, max * leastShare);
    top = Math.max(0, top - height);
    return markup`<rect class="f${index}" x="8%" width="84%" y="${percentAt(top, { max })}" height="${percentAt(height, { max })}"/>`;
  });
}

/** `3 May: 5 signals (TOOL_LOOP 4, CONTEXT_BLOAT 1)`. */
function dayText(day: string, series: readonly Series[], at: number): string {
  const there = series.filter(({ counts }) => (counts[at] ?? 0) > 0);
  const parts = there.map(({ name, counts }) => `${name} ${grouped(counts[at] ?? 0)}`);
  const total = sum(there.map(({ counts }) => counts[at] ?? 0));
  return `${shortDay(day)}: ${many(total, 'signal')}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`;
}

/** One day of so many has its name, counted from the last one. */
function dayNames(days: readonly string[]): Markup {
  const every = Math.ceil(days.length / maxNames);
  const everyNarrow = Math.ceil(Math.ceil(days.length / maxNamesNarrow) / every) * every;
  const names = days.map((day, at) => {
    const back = days.length - 1 - at;
    if (back % every !== 0) return markup`<li></li>`;
    return markup`<li${back % everyNarrow === 0 ? nothing : markup` class="wide"`}>${dayTime(day)}</li>`;
  });
  return markup`<ol class="day-names" aria-hidden="true">${names}</ol>`;
}

function numbers({ days, series }: DayCounts): Markup {
  const heads = series.map(({ name }) => markup`<th class="num" scope="col">${name}</th>`);
  const rows = days.map((day, at) => {
    const cells = series.map(({ counts }) => markup`<td class="num">${count(counts[at] ?? 0)}</td>`);
    return markup`<tr><th scope="row">${day}</th>${cells}</tr>`;
  });
  return markup`<details><summary>Numbers</summary><div class="scroll"><table><thead><tr><th scope="col">Day (UTC)</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div></details>`;
}

/** Signals of each day as columns, stacked by failure type, on axes with counts and dates. */
export function dayColumns({ days, series: all }: DayCounts): Markup {
  const series = fewSeries(all);
  const totals = days.map((_, at) => sum(series.map(({ counts }) => counts[at] ?? 0)));
  const scale = wholeScale(Math.max(0, ...totals));
  const label = `Signals each day, ${days[0] ?? ''} to ${days.at(-1) ?? ''}: ${many(sum(totals), 'signal')}, ${grouped(Math.max(0, ...totals))} on the worst day`;
  const lines = scale.ticks.map((tick) => {
    const y = percentAt(scale.max - tick, scale);
    return markup`<line x1="0" x2="100%" y1="${y}" y2="${y}"/>`;
  });
  const ticks = scale.ticks.toReversed().map((tick) => markup`<li>${count(tick)}</li>`);
  const columns = days.map(
    (day, at) =>
      markup`<li class="mark" tabindex="${at === days.length - 1 ? 0 : -1}"><svg aria-hidden="true">${pieces(series, at, scale)}</svg><span class="tip">${dayText(day, series, at)}</span></li>`,
  );
  return markup`<figure class="picture day-columns" aria-label="${label}"><div class="axes"><ol class="ticks" aria-hidden="true">${ticks}</ol><div class="plot"><svg class="grid" aria-hidden="true">${lines}</svg><ol class="columns marks">${columns}</ol></div>${dayNames(days)}</div>${legend(series)}${numbers({ days, series })}</figure>`;
}
