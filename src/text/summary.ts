import { printable } from '../printable.ts';
import type { Health } from '../queries/health.ts';
import type { SignalItem } from '../queries/signals.ts';
import type { TypeCount } from '../queries/type-counts.ts';
import { createBriefs } from './brief.ts';
import { healthBars, scoreText, serverScoreLines } from './health.ts';
import { healthMark, percent, severityMark } from './marks.ts';
import { plural } from './plural.ts';
import { ago } from './time.ts';

export interface SummaryView {
  agentId: string;
  /** Unix seconds. */
  lastSeen: number | null;
  health: Health;
  /** Runs and signals in the mirror. */
  runs: number;
  signals: number;
  /** What the API counts: also runs that are not analysed yet, and what can't be read. */
  api: { runs: number; signals: number };
  types: readonly TypeCount[];
  recent: readonly SignalItem[];
}

const counted = (mirrored: number, api: number) => (api === mirrored ? '' : ` (the API counts ${api})`);

/** An agent at a glance. `now` is in Unix seconds. */
export function summaryLines(
  { agentId, lastSeen, health, runs, signals, api, types, recent }: SummaryView,
  now: number,
): string[] {
  const width = Math.max(0, ...types.map(({ failureType }) => printable(failureType).length));
  const breakdown = types.map(
    ({ failureType, signals: count, affectedRuns }) =>
      `  ${printable(failureType).padEnd(width)}  ${plural(count, 'signal')}${runs === 0 ? '' : ` (${percent(affectedRuns / runs)} of runs)`}`,
  );
  const brief = createBriefs({ withImpact: true });
  const latest = recent.flatMap((signal) => {
    const { title, what = title, impact, fix } = brief(signal);
    const confidence = signal.confidence === null ? '' : ` conf=${percent(signal.confidence)}`;
    return [
      `  ${severityMark(signal.severity)} ${printable(signal.failureType)}${confidence}  ${ago(now - signal.detectedAt)}  id=${signal.id} run=${printable(signal.runId)}`,
      `     ${printable(what)}`,
      ...(impact ? [`     Impact: ${printable(impact)}`] : []),
      ...(fix ? [`     Fix: ${printable(fix)}`] : []),
    ];
  });
  return [
    `═══ Agent summary: ${printable(agentId)} ═══`,
    '',
    `Health score:  ${healthMark(health.score)} ${scoreText(health)}`,
    ...serverScoreLines(health, now),
    `Total runs:    ${runs}${counted(runs, api.runs)}`,
    `Total signals: ${signals}${counted(signals, api.signals)}`,
    `Last seen:     ${lastSeen === null ? 'never' : ago(now - lastSeen)}`,
    ...(breakdown.length === 0 ? [] : ['', 'Failure breakdown:', ...breakdown]),
    ...(latest.length === 0 ? [] : ['', 'Most recent signals:', ...latest]),
    ...(health.components.length === 0 ? [] : ['', 'Health components:', ...healthBars(health)]),
  ];
}
