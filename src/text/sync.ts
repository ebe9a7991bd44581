import { printable } from '../printable.ts';
import type { PassSummary } from '../sync/pass.ts';
import { listNamed } from './list-named.ts';
import { plural } from './plural.ts';
import { duration } from './time.ts';

/** A size with the unit that says enough: `812 B`, `1.4 MB`. */
export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** What a sync did. */
export function syncLines(summary: PassSummary, totals: { runs: number; signals: number }, file: string): string[] {
  const { agents, skipped, newRuns, newSignals, requests, bytes, seconds, badRows, failures } = summary;
  const lines = [
    `Agents:   ${agents}${skipped > 0 ? ` (${skipped} unchanged, left alone)` : ''}`,
    `Runs:     ${totals.runs} (${newRuns} new)`,
    `Signals:  ${totals.signals} (${newSignals} new)`,
    `Spent:    ${plural(requests, 'request')}, ${size(bytes)}, ${duration(seconds)}`,
    `Mirror:   ${printable(file)}`,
  ];
  if (badRows > 0) lines.push(`Skipped:  ${badRows} rows that can't be read`);
  for (const { agentId, list, message } of failures) {
    lines.push(`Not read: ${listNamed(agentId, list)} (${printable(message)})`);
  }
  return lines;
}
