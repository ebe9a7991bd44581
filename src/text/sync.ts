import { type ListName, movingLists, rowOfList } from '../lists/names.ts';
import { idText, printable } from '../printable.ts';
import type { UnreadList } from '../queries/status.ts';
import type { EventsPlan } from '../sync/details-plan.ts';
import type { PassSummary } from '../sync/pass-state.ts';
import { eventsText } from './events-plan.ts';
import { listNamed } from './list-named.ts';
import { plural } from './plural.ts';
import { duration } from './time.ts';
import { unreadRows } from './unread.ts';

/** A size in a unit that keeps it short: `812 B`, `1.4 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** How many of upstream's rows the mirror holds after a sync, and the lists that could not be read completely. */
export interface SyncTotals {
  /** The agent that was synced; undefined: all. */
  agentId: string | undefined;
  /** Rows of each list. */
  rows: Readonly<Record<ListName, number>>;
  /** Rows of each small list that the API has. */
  small: Readonly<Record<string, number>>;
  unread: readonly UnreadList[];
  events: EventsPlan;
}

const titled = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

function smallLines(small: SyncTotals['small']): string[] {
  const shown = Object.entries(small).flatMap(([list, rows]) => (rows === 0 ? [] : [plural(rows, rowOfList(list))]));
  return shown.length === 0 ? [] : [`Also:     ${shown.join(', ')}`];
}

/** What a sync did. */
export function syncLines(summary: PassSummary, totals: SyncTotals, file: string): string[] {
  const { agents, skipped, added, requests, bytes, seconds, failures } = summary;
  const events = eventsText(totals.events);
  const lines = [
    totals.agentId === undefined
      ? `Agents:   ${agents}${skipped > 0 ? ` (${skipped} unchanged, left alone)` : ''}`
      : `Agent:    ${idText(totals.agentId)}`,
    ...movingLists.map((list) => `${titled(`${list}:`).padEnd(10)}${totals.rows[list]} (${added[list]} new)`),
    ...smallLines(totals.small),
    ...(events === undefined ? [] : [`Events:   ${events}`]),
    `Spent:    ${plural(requests, 'request')}, ${size(bytes)}, ${duration(seconds)}`,
    `Mirror:   ${printable(file)}`,
  ];
  for (const rows of totals.unread) lines.push(`Not read: ${unreadRows(rows)}`);
  for (const { agentId, list, message } of failures) {
    lines.push(`Not read: ${listNamed(agentId, list)} (${printable(message)})`);
  }
  return lines;
}
