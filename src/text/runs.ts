import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { KnownTokens } from '../queries/run-tokens.ts';
import type { EventPage, RunEventItem, RunItem } from '../queries/runs.ts';
import type { SignalItem } from '../queries/signals.ts';
import type { RunCost } from '../queries/token-runs.ts';
import { createBriefs } from './brief.ts';
import { version } from './marks.ts';
import { plural } from './plural.ts';
import { runSignalLines } from './signals.ts';
import { table } from './tables.ts';
import { textsText } from './texts.ts';
import { ago, duration, minute } from './time.ts';
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

/** An agent's runs, newest first. `now` is in Unix seconds. */
export function runLines(
  agentId: string,
  { items: runs, total, covered }: { items: readonly RunItem[]; total: number; covered: boolean },
  now: number,
): string[] {
  const title = `Recent runs for: ${idText(agentId)}${total > runs.length ? ` (${runs.length} shown of ${total})` : ''}`;
  if (runs.length === 0) return [title, covered ? 'No runs.' : 'No runs are mirrored.'];
  const columns = [
    { title: 'RUN ID' },
    { title: 'STARTED' },
    { title: 'DUR', align: 'right' as const },
    { title: 'STEPS', align: 'right' as const },
    { title: 'SIGS STATUS' },
    { title: 'VERSION' },
    { title: 'EXIT' },
  ];
  const rows = runs.map((run) => [
    idText(run.runId),
    run.startedAt === null ? '?' : ago(now - run.startedAt),
    durationOf(run),
    stepsOf(run),
    statusOf(run),
    idText(run.agentVersion ?? '?'),
    prose(run.exitReason ?? '?'),
  ]);
  return [title, ...table(columns, rows)];
}

/** The payload keys that a timeline shows, in this order, with the label before each value. */
const shown = [
  ['model', 'model='],
  ['tool_name', 'tool='],
  ['index_name', 'index='],
  ['signal_name', 'signal='],
  ['prompt_tokens', 'p='],
  ['completion_tokens', 'c='],
  ['success', 'ok='],
  ['result_count', 'results='],
  ['finish_reason', ''],
  ['exit_reason', ''],
  ['args_hash', 'args='],
  ['args', 'args='],
  ['query_hash', 'query='],
  ['query', 'query='],
  ['error_hash', 'error='],
  ['error', 'error='],
  ['output', 'output='],
  ['unread', ''],
] as const;

/** Characters of one fact on a timeline. */
export const maxFact = 60;

/** One event of a timeline, with number `index` and its step; `start` is the run's start in Unix seconds. */
export function eventLine(event: RunEventItem, index: number, start: number | null): string {
  const { payload, timestamp, eventType, stepIndex } = event;
  const offset = timestamp === null || start === null ? '?' : `+${(timestamp - start).toFixed(1)}s`;
  // As signals say it.
  const step = stepIndex === null ? [] : [`step=${stepIndex}`];
  const facts = shown.flatMap(([key, label]) => {
    const value = payload[key];
    // An SDK may send any JSON: only plain values fit on the line.
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return isPlain ? [`${label}${prose(cut(String(value), maxFact))}`] : [];
  });
  if (typeof payload.latency_ms === 'number') facts.push(`${Math.round(payload.latency_ms)}ms`);
  const type = prose(cut(eventType, maxFact));
  return `  [${String(index).padStart(2)}] ${offset.padStart(7)}  ${type}  ${[...step, ...facts].join(' ')}`.trimEnd();
}

export interface RunView {
  run: RunItem;
  tokens: KnownTokens;
  cost: RunCost | undefined;
  pricesDate: string | undefined;
  /** The first signals, and how many there are. */
  signals: readonly SignalItem[];
  signalsTotal: number;
  /** A part of the timeline that starts with event number `from`. */
  events: EventPage & { from: number };
}

/** A run with its signals and its timeline. `now` is in Unix seconds. */
export function runDetailLines(view: RunView, now: number): string[] {
  const { run, tokens, cost, pricesDate, signals, signalsTotal, events } = view;
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
    `Texts: ${textsText(events.texts)}`,
  ];
  if (isBlank(run))
    lines.push(
      "The server had dropped this run's events for age before the mirror saw it: its times, steps, tokens and events are not known.",
    );
  else if (run.eventsExpired)
    lines.push("The server has dropped this run's events for age; the mirror still has what it had.");
  if (run.goneAt !== null) lines.push(`The API no longer has this run (since ${minute(run.goneAt)}).`);
  lines.push('', `Signals (${signalsTotal}):`);
  const brief = createBriefs();
  for (const signal of signals) lines.push(...runSignalLines(signal, brief(signal)));
  if (signalsTotal > signals.length) lines.push(`  …and ${signalsTotal - signals.length} more`);
  const isHere = events.isFetched || events.isOlder;
  lines.push('', isHere ? `Event timeline (${plural(events.total, 'event')}):` : 'Event timeline:');
  if (isHere && events.total === 0 && run.eventsExpired) lines.push('  none is left: the server has dropped them');
  const start = run.startedAt ?? events.items[0]?.timestamp ?? null;
  if (events.from > 0) lines.push(`  … ${Math.min(events.from, events.total)} events before`);
  lines.push(...events.items.map((event, index) => eventLine(event, events.from + index, start)));
  const rest = events.total - events.from - events.items.length;
  if (!isHere)
    lines.push(
      run.eventsExpired
        ? '  none: the server has dropped them'
        : '  not fetched yet: the API could not be asked for them',
    );
  if (rest > 0)
    lines.push(`  … ${rest} more events: pass events_from=${events.from + events.items.length} to see the next`);
  return lines;
}
