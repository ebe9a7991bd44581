import { type Markup, markup, nothing } from './markup.ts';
import type { RunAxis } from './run-axis.ts';
import { type Lane, lanes, type RunEvent, type RunSignal, type Span, spansOf } from './run-events.ts';
import { percentAt } from './scale.ts';
import { severityTone } from './words.ts';

export interface RunLanes {
  events: readonly RunEvent[];
  signals: readonly RunSignal[];
}

const percent = (share: number) => percentAt(share, { max: 1 });

/** Which third of the width a mark is in: its tip opens towards the middle. */
const thirdOf = (share: number) => `t${Math.min(2, Math.floor(share * 3))}`;

/** Characters of a tip. */
const maxTip = 180;
const cutTip = (text: string) => (text.length > maxTip ? `${text.slice(0, maxTip)}...` : text);

/** `#4-5 tool.called step 2, web_search, 100 ms`. */
export function eventText({ index, type, step, facts }: RunEvent, end = index): string {
  const number = end === index ? `#${index}` : `#${index}-${end}`;
  return cutTip([`${number} ${type}${step === null ? '' : ` step ${step}`}`, ...facts].join(', '));
}

function spanText({ first, last }: Span): string {
  const own = eventText(first, last.index);
  if (first === last) return own;
  const seconds = first.at === null || last.at === null ? [] : [`${(last.at - first.at).toFixed(2)}s`];
  const further = last.facts.filter((fact) => !first.facts.includes(fact));
  return cutTip([own, ...seconds, ...further].join(', '));
}

function spanMark(span: Span, axis: RunAxis): Markup {
  const from = axis.shareOf(span.first.index);
  if (from === undefined) return nothing;
  const to = axis.shareOf(span.last.index) ?? from;
  const isFailure = span.first.isFailure || span.last.isFailure;
  const shape =
    span.first === span.last
      ? markup`<circle cx="${percent(from)}" cy="50%" r="5"/>`
      : markup`<rect x="${percent(from)}" width="${percent(to - from)}" y="22%" height="56%"/>`;
  const cross = isFailure
    ? markup`<svg x="${percent(to)}" y="50%" overflow="visible"><path class="failed" d="M-5-5 5 5M5-5-5 5"/></svg>`
    : nothing;
  const tip = `${spanText(span)}${isFailure ? ', failed' : ''}`;
  return markup`<li class="mark ${thirdOf(from)}" tabindex="-1"><svg class="l-${span.lane}" aria-hidden="true">${shape}${cross}</svg><span class="tip">${tip}</span></li>`;
}

/** Signals closer than this share of the width stand below each other. */
const leastGap = 0.07;
const maxRows = 6;

interface Placed {
  signal: RunSignal;
  share: number;
  row: number;
}

/** The signals whose step is shown, each in the first row where it has room. */
export function placeSignals({ events, signals }: RunLanes, axis: RunAxis): Placed[] {
  const ends: number[] = [];
  const shareOf = ({ step }: RunSignal) => {
    const event = step === null ? undefined : events.find((each) => each.step === step);
    return event && axis.shareOf(event.index);
  };
  return signals
    .flatMap((signal) => {
      const share = shareOf(signal);
      return share === undefined ? [] : [{ signal, share }];
    })
    .sort((a, b) => a.share - b.share)
    .flatMap(({ signal, share }) => {
      const free = ends.findIndex((end) => share - end >= leastGap);
      const row = free === -1 ? ends.length : free;
      if (row >= maxRows) return [];
      ends[row] = share;
      return [{ signal, share, row }];
    });
}

function signalMark({ signal, share, row }: Placed): Markup {
  const { id, severity, failureType, title, step } = signal;
  const tip = cutTip(`Signal #${id} at step ${step ?? '?'}: ${severity} ${failureType}, ${title}`);
  return markup`<li class="mark ${thirdOf(share)}" tabindex="-1" data-signal="${id}"><svg aria-hidden="true"><svg x="${percent(share)}" y="${row * 22 + 11}" overflow="visible"><path class="signal ${severityTone(severity)}" d="M0-10 10 0 0 10-10 0z"/><text y="4">${severity.slice(0, 1)}</text></svg></svg><span class="tip">${tip}</span></li>`;
}

/** Lines behind the lanes. */
function ground(placed: readonly Placed[], { ticks, common }: { ticks: number; common: number | undefined }): Markup {
  const lines = Array.from({ length: ticks }, (_, at) => {
    const x = percent(at / (ticks - 1));
    return markup`<line class="tick" x1="${x}" x2="${x}" y1="0" y2="100%"/>`;
  });
  const guides = placed.map(
    ({ share }) => markup`<line class="guide" x1="${percent(share)}" x2="${percent(share)}" y1="0" y2="100%"/>`,
  );
  const shared =
    common === undefined
      ? nothing
      : markup`<rect class="common" width="${percent(common)}" height="100%"/><line class="parting" x1="${percent(common)}" x2="${percent(common)}" y1="0" y2="100%"/>`;
  return markup`<svg class="ground" aria-hidden="true">${lines}${guides}${shared}</svg>`;
}

const names: Record<Lane, string> = { model: 'Model', tools: 'Tools', retrieval: 'Retrieval', other: 'Other' };

/**
 * One run: a lane for its signals, and one for each kind of event that `shown` names. `ticks` are lines with equal
 * distances; `common` is the share up to which the run is like another one.
 */
export function runLanes(
  run: RunLanes,
  axis: RunAxis,
  { shown, ticks, common }: { shown: readonly Lane[]; ticks: number; common?: number },
): Markup {
  const spans = spansOf(run.events);
  const placed = placeSignals(run, axis);
  const rows = placed.reduce((most, { row }) => Math.max(most, row + 1), 1);
  const laneRows = shown.map(
    (lane) =>
      markup`<ol class="lane" aria-label="${names[lane]}">${spans.filter((span) => span.lane === lane).map((span) => spanMark(span, axis))}</ol>`,
  );
  const laneNames = shown.map((lane) => markup`<li>${names[lane]}</li>`);
  return markup`<div class="lanes"><ul class="lane-names" aria-hidden="true"><li class="r${rows}">Signals</li>${laneNames}</ul><div class="plot marks">${ground(placed, { ticks, common })}<ol class="lane r${rows}" aria-label="Signals">${placed.map(signalMark)}</ol>${laneRows}</div></div>`;
}

/** The kinds of events that any of the runs has. */
export function lanesOf(...runs: readonly (readonly RunEvent[])[]): Lane[] {
  const found = new Set(runs.flatMap((events) => spansOf(events).map(({ lane }) => lane)));
  return lanes.filter((lane) => found.has(lane));
}
