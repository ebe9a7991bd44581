import { type Markup, markup } from '../pictures/markup.ts';
import { cut } from '../printable.ts';
import { severities } from '../queries/new-signals-order.ts';
import type { NewSignals } from '../queries/whats-new.ts';
import type { FleetRow } from './contents.ts';
import { isWorse } from './gravity.ts';

/** How many signals have a severity. */
export const countOf = (signals: readonly NewSignals[], severity: string): number =>
  signals.reduce((sum, group) => sum + (group.severities.get(severity) ?? 0), 0);

/** `2 CRITICAL, 5 HIGH`: the severities that there are, the worst first. */
export function bySeverityText(signals: readonly NewSignals[]): string {
  const others = new Set(signals.flatMap((group) => [...group.severities.keys()]));
  return [...new Set([...severities, ...others])]
    .map((severity) => ({ severity, count: countOf(signals, severity) }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count.toLocaleString('en-US')} ${severity}`)
    .join(', ');
}

const maxType = 40;

/** What speaks of an agent, in a few words each. */
export function badges(row: FleetRow): Markup[] {
  const firsts = row.signals.filter(({ isFirst }) => isFirst);
  const [first, ...others] = firsts.map(({ failureType }) => cut(failureType, maxType));
  return [
    ...(isWorse(row) ? [markup`<span class="badge poor">▲ worse</span>`] : []),
    ...(first === undefined
      ? []
      : [
          markup`<span class="badge fair">first time: ${first}${others.length > 0 ? `, +${others.length}` : ''}</span>`,
        ]),
    ...(row.silence ? [markup`<span class="badge fair">gone quiet</span>`] : []),
    ...(row.arrival ? [markup`<span class="badge">new agent</span>`] : []),
  ];
}
