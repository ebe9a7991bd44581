import { type Markup, markup } from './markup.ts';
import { orderAxis } from './run-axis.ts';
import { lanesOf, type RunLanes, runLanes } from './run-lanes.ts';
import { eventList } from './run-timeline.ts';
import { percentAt } from './scale.ts';

export interface ComparedRun extends RunLanes {
  name: string;
}

export interface RunPair {
  runs: readonly [ComparedRun, ComparedRun];
  /** How many events at the start are the same in both. */
  common: number;
  /** Whether the runs differ after that at all. */
  isParted: boolean;
}

/** Where a text beside a line has room. */
const anchorOf = (share: number) => (share < 0.33 ? 'start' : share > 0.67 ? 'end' : 'middle');

/** Two runs below each other, an equal width for each event, and where they part. */
export function runPair({ runs, common, isParted }: RunPair): Markup {
  const [one, other] = runs;
  const numbers = [...one.events, ...other.events].map(({ index }) => index);
  if (numbers.length === 0) return markup`<p class="dim">No events to show.</p>`;
  const from = Math.min(...numbers);
  const end = Math.max(...numbers) + 1;
  const axis = orderAxis(from, end);
  const share = Math.min(1, Math.max(0, (common - from) / (end - from)));
  const options = { shown: lanesOf(one.events, other.events), ticks: 2, ...(isParted ? { common: share } : {}) };
  const said = isParted ? `they part at event ${common}` : `the same ${common} events`;
  const parting = markup`<div class="parting-row"><svg aria-hidden="true"><text x="${percentAt(share, { max: 1 })}" y="15" text-anchor="${anchorOf(share)}">${said}</text></svg></div>`;
  const names = markup`<li>#${from}</li><li>#${end - 1}</li>`;
  const run = (side: ComparedRun) => markup`<h4>${side.name}</h4>${runLanes(side, axis, options)}`;
  return markup`<figure class="picture timeline" aria-label="Two runs, event by event: ${said}">${run(one)}${parting}${run(other)}<ol class="lane-axis" aria-hidden="true">${names}</ol>${runs.map(({ name, events }) => eventList(`Events of ${name}`, events))}</figure>`;
}
