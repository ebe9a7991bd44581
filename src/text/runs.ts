import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { ShortRunIds } from '../queries/run-prefixes.ts';
import type { KnownTokens } from '../queries/run-tokens.ts';
import type { EventPage, RunItem } from '../queries/runs.ts';
import type { SignalItem } from '../queries/signals.ts';
import type { RunCost } from '../queries/token-runs.ts';
import { toldEvent } from './events.ts';
import { version } from './marks.ts';
import { plural } from './plural.ts';
import { runSignalLines } from './signals.ts';
import { plainTable } from './tables.ts';
import { textsText } from './texts.ts';
import { ago, duration, minute } from './time.ts';
import { timelineOf } from './timeline.ts';
import { dollars } from './token-stats.ts';

/** How long a run took, if known. */
export function durationOf({ startedAt, completedAt }: Pick<RunItem, 'startedAt' | 'completedAt'>): string {
  return startedAt === null || completedAt === null ? '?' : duration(Math.max(0, completedAt - startedAt));
}

const whole = (value: number) => value.toLocaleString('en-US');

/** `12,345`, with what its events say where that is something else. */
export function tokensText({ total, byEvents, reasoning }: KnownTokens): string {
  if (total === null) return '?';
  const besides = [
    ...(byEvents === null ? [] : [`by its events ${whole(byEvents)}`]),
    ...(reasoning === 0 ? [] : [`without ${whole(reasoning)} of reasoning`]),
  ];
  return `${whole(total)}${besides.length === 0 ? '' : ` (${besides.join('; ')})`}`;
}

function statusOf({ signalCount, eventsExpired }: RunItem): string {
  const status = signalCount === null ? '?' : signalCount > 0 ? `🔴 ${signalCount}` : '✅ 0';
  return eventsExpired ? `${status} (events expired)` : status;
}

/** Whether nothing is known of a run but that it was: its events had expired before the mirror met it. */
export const isBlank = ({ eventsExpired, startedAt, completedAt, stepCount }: RunItem): boolean =>
  eventsExpired && startedAt === null && completedAt === null && !stepCount;

/** Steps of a run: `-` where its events had expired before the mirror met it. */
const stepsOf = (run: RunItem) => (isBlank(run) ? '-' : run.stepCount === null ? '?' : String(run.stepCount));

/** `$0.0123 (server)`. */
function costText({ cost, from, unpriced }: RunCost, pricesDate: string | undefined): string {
  if (cost === null) return unpriced.length > 0 ? `? (no price for ${named(unpriced)})` : '?';
  if (from === 'server') return `${dollars(cost)} (server)`;
  const date = `prices of ${prose(cut(pricesDate ?? '?', 40))}`;
  return `${dollars(cost)} (${date}${from === 'prices' ? '' : ', not of all calls'})`;
}

const named = (models: readonly string[]) => prose(cut(models.join(', '), 100));

/** A note on events that are not as the run is now. `whose`: "the run", or which of several. */
export const olderEvents = (whose: string) =>
  `${whose} has changed since its events were fetched, and the API could not be asked yet: there may be more of them, or others`;

interface RunsView {
  items: readonly RunItem[];
  total: number;
  covered: boolean;
  shortRunId: ShortRunIds;
}

/** An agent's runs, newest first. `now` is in Unix seconds. */
export function runLines(
  agentId: string,
  { items: runs, total, covered, shortRunId }: RunsView,
  now: number,
): string[] {
  const title = `Recent runs for: ${idText(agentId)}${total > runs.length ? ` (${runs.length} shown of ${total})` : ''}`;
  if (runs.length === 0) return [title, covered ? 'No runs.' : 'No runs are mirrored.'];
  const rows = runs.map((run) => [
    idText(shortRunId(run.runId)),
    run.startedAt === null ? '?' : ago(now - run.startedAt),
    durationOf(run),
    stepsOf(run),
    statusOf(run),
    idText(run.agentVersion ?? '?'),
    prose(run.exitReason ?? '?'),
  ]);
  return [title, ...plainTable(['RUN ID', 'STARTED', 'DUR', 'STEPS', 'SIGS STATUS', 'VERSION', 'EXIT'], rows)];
}

export interface RunView {
  run: RunItem;
  tokens: KnownTokens;
  cost: RunCost | undefined;
  pricesDate: string | undefined;
  /** The first signals, and how many there are. */
  signals: readonly SignalItem[];
  signalsTotal: number;
  /** A part of the timeline that starts with event number `from`; `eachByItself`: also where events repeat. */
  events: EventPage & { from: number; eachByItself: boolean };
}

function headLines({ run, tokens, cost, pricesDate }: RunView, now: number): string[] {
  const lines = [
    `Run: ${idText(run.runId)}`,
    `Agent: ${idText(run.agentId)}${version(run.agentVersion)}`,
    `Started: ${run.startedAt === null ? 'not known' : `${minute(run.startedAt)} (${ago(now - run.startedAt)})`}`,
    `Duration: ${durationOf(run)}`,
    `Steps: ${stepsOf(run)}`,
    `Tokens: ${isBlank(run) ? '-' : tokensText(tokens)}`,
    `Cost: ${isBlank(run) || !cost ? '-' : costText(cost, pricesDate)}`,
    `Exit: ${prose(run.exitReason ?? '?')}`,
    ...(run.conversationId === null ? [] : [`Conversation: #${run.conversationId}`]),
  ];
  if (isBlank(run))
    lines.push(
      "The server had dropped this run's events for age before the mirror saw it: its times, steps, tokens and events are not known.",
    );
  else if (run.eventsExpired)
    lines.push("The server has dropped this run's events for age; the mirror still has what it had.");
  if (run.goneAt !== null) lines.push(`The API no longer has this run (since ${minute(run.goneAt)}).`);
  return lines;
}

/** Its events in order: those of the answer's part, and how many come before and after. */
function eventLines({ run, events }: RunView): string[] {
  const { items, total, from, isFetched, isOlder, texts, eachByItself } = events;
  if (!isFetched && !isOlder)
    return [
      run.eventsExpired
        ? 'Event timeline: none, the server has dropped the events.'
        : 'Event timeline: not fetched yet, the API could not be asked for the events.',
    ];
  const start = run.startedAt ?? items[0]?.timestamp ?? null;
  const told = items.map((event, index) => toldEvent(event, from + index, start));
  const { lines, isFolded } = timelineOf(told, { eachByItself });
  const singly = isFolded ? '; events_from=0 shows each by itself' : '';
  const rest = total - from - items.length;
  return [
    `Event timeline (${plural(total, 'event')}, texts ${textsText(texts)}${singly}):`,
    ...(total === 0 && run.eventsExpired ? ['none is left: the server has dropped them'] : []),
    ...(from > 0 ? [`… ${Math.min(from, total)} events before`] : []),
    ...lines,
    ...(rest > 0 ? [`… ${rest} more events: pass events_from=${from + items.length} to see the next`] : []),
  ];
}

/** A run with its signals and its timeline. `now` is in Unix seconds. */
export function runDetailLines(view: RunView, now: number): string[] {
  const { signals, signalsTotal } = view;
  return [
    ...headLines(view, now),
    `Signals (${signalsTotal}):`,
    ...runSignalLines(signals),
    ...(signalsTotal > signals.length ? [`…and ${signalsTotal - signals.length} more`] : []),
    ...eventLines(view),
  ];
}
