import type { NewSignals } from './whats-new.ts';

/** The severities that the API has, the worst first. */
export const severities = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;

const ranks = new Map<string, number>(severities.map((severity, rank) => [severity, rank]));
const rankOf = (severity: string) => ranks.get(severity) ?? ranks.size;

/** The group with its worst severity first. */
export function bySeverity(group: NewSignals): NewSignals {
  const sorted = [...group.severities].sort(([a], [b]) => rankOf(a) - rankOf(b));
  return { ...group, severities: new Map(sorted) };
}

/** Sorts the worst severity first, then the most frequent. */
export function graver(a: NewSignals, b: NewSignals): number {
  for (const severity of severities) {
    const more = (b.severities.get(severity) ?? 0) - (a.severities.get(severity) ?? 0);
    if (more !== 0) return more;
  }
  return b.count - a.count || b.newestId - a.newestId;
}
