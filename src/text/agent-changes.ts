import type { AgentChanges } from '../queries/agent-changes.ts';
import type { RateChange } from '../queries/version-changes.ts';
import { changeLine, changeWords, tooFewRuns } from './rate-changes.ts';
import { ago } from './time.ts';
import { versionName } from './versions.ts';

/** Failure types that changed, of each comparison. */
export const maxChangedTypes = 3;

function changeLines(title: string, all: RateChange, types: readonly RateChange[]): string[] {
  if (!all.interval) return [`${title}: ${tooFewRuns(all)}`];
  const moved = types.filter(({ verdict }) => verdict !== undefined).slice(0, maxChangedTypes);
  return [`${title}:`, ...[all, ...moved].map((change) => `  ${changeLine(change)}`)];
}

/** Whether any failure, or one type, became more frequent by more than chance explains. */
export function isWorse({ recent, version }: AgentChanges): boolean {
  const all = [recent.all, ...recent.types, ...(version ? [version.all, ...version.types] : [])];
  return all.some(({ verdict }) => verdict === 'regression');
}

/** What changed with an agent. `now` is in Unix seconds. */
export function agentChangeLines({ recent, version }: AgentChanges, now: number): string[] {
  const [older, newer] = version?.versions ?? [];
  return [
    `What changed (${changeWords}):`,
    ...(version && older && newer
      ? changeLines(
          `${versionName(newer.version)} (first run ${ago(now - newer.firstRun)}) against ${versionName(older.version)}`,
          version.all,
          version.types,
        )
      : []),
    ...changeLines('Last 7 days against the 30 before', recent.all, recent.types),
  ];
}
