import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { AgentChanges } from '../queries/agent-changes.ts';
import type { Health } from '../queries/health.ts';
import type { SignalItem } from '../queries/signals.ts';
import type { TypeEver } from '../queries/type-counts.ts';
import { agentChangeLines, isWorse } from './agent-changes.ts';
import { createBriefs } from './brief.ts';
import { healthBars, scoreText, serverScoreLines } from './health.ts';
import { healthMark, percent, severityMark } from './marks.ts';
import { plural } from './plural.ts';
import { intervalAfter } from './rates.ts';
import { ago } from './time.ts';

export interface SummaryView {
  agentId: string;
  /** Unix seconds. */
  lastSeen: number | null;
  /** What changed of late, and with the newest version. */
  changes: AgentChanges;
  health: Health;
  /** Runs and signals in the mirror. */
  runs: number;
  signals: number;
  /** The API's own counts. They include runs that are not analysed yet, and rows that can't be read. */
  api: { runs: number; signals: number };
  types: readonly TypeEver[];
  recent: readonly SignalItem[];
}

/** Failure types that an answer names. */
const maxTypes = 20;
const maxName = 60;

/** Beside a score that looks good, as it does while a regression is young. */
const diluted = ({ score }: Health) =>
  healthMark(score) === '✅' ? ', over 30 days: what became worse (above) weighs little in it' : '';

const counted = (mirrored: number, api: number) => (api === mirrored ? '' : ` (the API counts ${api})`);

/** An agent at a glance. `now` is in Unix seconds. */
export function summaryLines(
  { agentId, lastSeen, changes, health, runs, signals, api, types, recent }: SummaryView,
  now: number,
): string[] {
  const shown = types.slice(0, maxTypes).map((type) => ({ ...type, name: idText(cut(type.failureType, maxName)) }));
  const width = Math.max(0, ...shown.map(({ name }) => name.length));
  const breakdown = shown.map(
    ({ name, signals: count, affectedRuns }) =>
      `  ${name.padEnd(width)}  ${plural(count, 'signal')}${runs === 0 ? '' : ` (${percent(affectedRuns / runs)} of runs)${intervalAfter(affectedRuns, runs)}`}`,
  );
  if (types.length > shown.length) breakdown.push(`  …and ${plural(types.length - shown.length, 'more type')}`);
  const brief = createBriefs({ withImpact: true });
  const latest = recent.flatMap((signal) => {
    const { title, what = title, impact, fix } = brief(signal);
    const confidence = signal.confidence === null ? '' : ` conf=${percent(signal.confidence)}`;
    return [
      `  ${severityMark(signal.severity)} ${idText(signal.failureType)}${confidence}  ${ago(now - signal.detectedAt)}  id=${signal.id} run=${idText(signal.runId)}`,
      `     ${prose(what)}`,
      ...(impact ? [`     Impact: ${prose(impact)}`] : []),
      ...(fix ? [`     Fix: ${prose(fix)}`] : []),
    ];
  });
  return [
    `═══ Agent summary: ${idText(agentId)} ═══`,
    '',
    ...agentChangeLines(changes, now),
    '',
    `Health score:  ${healthMark(health.score)} ${scoreText(health)}${isWorse(changes) ? diluted(health) : ''}`,
    ...serverScoreLines(health, now),
    `Total runs:    ${runs}${counted(runs, api.runs)}`,
    `Total signals: ${signals}${counted(signals, api.signals)}`,
    `Last seen:     ${lastSeen === null ? 'never' : ago(now - lastSeen)}`,
    ...(breakdown.length === 0 ? [] : ['', 'Failure breakdown:', ...breakdown]),
    ...(latest.length === 0 ? [] : ['', 'Most recent signals:', ...latest]),
    ...(health.components.length === 0 ? [] : ['', 'Health components:', ...healthBars(health)]),
  ];
}
