import type { FleetRow } from './contents.ts';

/** Whether an agent fails more often than before by more than chance explains: by time, or with a new version. */
export const isWorse = ({ moved, changes }: Pick<FleetRow, 'moved' | 'changes'>): boolean =>
  (moved !== undefined && moved.change.low > 0) ||
  changes.some(({ all, types }) => [all, ...types].some(({ verdict }) => verdict === 'regression'));

const criticalSignals = ({ signals }: FleetRow) =>
  signals.reduce((sum, { severities }) => sum + (severities.get('CRITICAL') ?? 0), 0);
const firstTimes = ({ signals }: FleetRow) => signals.filter(({ isFirst }) => isFirst).length;
const countOf = ({ signals }: FleetRow) => signals.reduce((sum, { count }) => sum + count, 0);
const lostHealth = ({ health }: FleetRow) => 100 - (health.score ?? 100);

/** What makes an agent grave, the weightiest first. */
const weights = [
  (row: FleetRow) => Number(isWorse(row)),
  firstTimes,
  criticalSignals,
  lostHealth,
  countOf,
  ({ runs }: FleetRow) => runs.total,
];

/** Sorts the gravest agent first: what got worse, then what is new, then what is bad. */
export function graverAgent(a: FleetRow, b: FleetRow): number {
  for (const weight of weights) {
    const more = weight(b) - weight(a);
    if (more !== 0) return more;
  }
  return a.agent.agentId < b.agent.agentId ? -1 : 1;
}
