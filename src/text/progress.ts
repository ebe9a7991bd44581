import { printable } from '../printable.ts';
import { plural } from './plural.ts';
import { span } from './time.ts';

export interface ProgressCounts {
  agentsDone: number;
  agentsTotal: number;
  rows: number;
  /** An estimate. */
  rowsTotal: number;
  listsDone: number;
  listsTotal: number;
  /** What the sync waits for, and for how long still. */
  waiting?: { seconds: number; why?: string | undefined } | undefined;
}

export interface ProgressView extends ProgressCounts {
  elapsedSeconds: number;
}

const count = (value: number) => value.toLocaleString('en-US');

/** What a sync waits for: its own budget, or what the API asked for. */
function waitText({ seconds, why }: NonNullable<ProgressCounts['waiting']>): string {
  const left = span(Math.ceil(seconds));
  if (why === undefined) return `waits for the request budget, ${left}`;
  return `the API asked to wait, ${left}: ${printable(why)}`;
}

function paceText({ rows, rowsTotal, elapsedSeconds }: ProgressView): string[] {
  const rate = elapsedSeconds > 0 ? rows / elapsedSeconds : 0;
  const left = Math.max(0, rowsTotal - rows);
  return [`${count(Math.round(rate))} rows/s`, ...(left === 0 || rate === 0 ? [] : [`ETA ${span(left / rate)}`])];
}

/** What has moved so far: agents whose lists are read, other lists, rows. */
function countsText({ agentsDone, agentsTotal, listsDone, listsTotal, rows, rowsTotal }: ProgressCounts): string[] {
  if (agentsTotal === 0 && listsTotal === 0) return ['asks for the agents'];
  return [
    ...(agentsTotal === 0 ? [] : [`${agentsDone}/${agentsTotal} agents`]),
    ...(listsTotal === 0 ? [] : [`${listsDone}/${listsTotal} other lists`]),
    `${count(rows)}/${count(Math.max(rows, rowsTotal))} rows`,
  ];
}

function facts(view: ProgressView): string {
  const rest = view.waiting ? [waitText(view.waiting)] : view.rows > 0 ? paceText(view) : [];
  return [...countsText(view), ...rest].join('  ');
}

/** The progress of a sync, in one line of at most `width` columns. */
export function progressBar(view: ProgressView, width: number): string {
  const text = facts(view);
  const size = Math.min(30, width - text.length - 3);
  if (size < 5) return text.slice(0, width);
  const fraction = view.rowsTotal === 0 ? 0 : Math.min(1, view.rows / view.rowsTotal);
  const full = Math.round(fraction * size);
  return `[${'#'.repeat(full)}${'-'.repeat(size - full)}] ${text}`;
}

/** The same without a bar, for a log. */
export function progressLine(view: ProgressView): string {
  return `sync: ${facts(view)}`;
}

/** The same for a client that waits, in words. */
export function progressWords(view: ProgressCounts): string {
  const { agentsDone, agentsTotal, listsDone, listsTotal, rows, rowsTotal, waiting } = view;
  return [
    `${agentsDone} of ${plural(agentsTotal, 'agent')}`,
    ...(listsTotal === 0 ? [] : [`${listsDone} of ${plural(listsTotal, 'other list')}`]),
    `${rows} of about ${plural(Math.max(rows, rowsTotal), 'row')}`,
    ...(waiting ? [waitText(waiting)] : []),
  ].join(', ');
}
