import { comparePlaces, gravityOf } from '../queries/agent-order.ts';
import type { FleetRow } from './contents.ts';

/** Whether an agent fails more often than before by more than chance explains: by time, or with a new version. */
export const isWorse = ({ moved, changes }: Pick<FleetRow, 'moved' | 'changes'>): boolean =>
  (moved !== undefined && moved.change.low > 0) ||
  changes.some(({ all, types }) => [all, ...types].some(({ verdict }) => verdict === 'regression'));

const countOf = ({ signals }: FleetRow, severity: string) =>
  signals.reduce((sum, { severities }) => sum + (severities.get(severity) ?? 0), 0);

/** An agent's place by what the report's days brought; of those alike, the one in poorer health goes first. */
function placeOf(row: FleetRow) {
  const newness = {
    isWorse: isWorse(row),
    isFirst: row.signals.some(({ isFirst }) => isFirst),
    signals: row.signals.reduce((sum, { count }) => sum + count, 0),
    critical: countOf(row, 'CRITICAL'),
    high: countOf(row, 'HIGH'),
  };
  const lostHealth = 100 - (row.health.score ?? 100);
  return { numbers: [...gravityOf(newness), lostHealth, row.runs.total], agentId: row.agent.agentId };
}

/** Sorts the gravest agent first. */
export const graverAgent = (a: FleetRow, b: FleetRow): number => comparePlaces(placeOf(a), placeOf(b));
