import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { AgentChanges } from '../queries/agent-changes.ts';
import type { Health } from '../queries/health.ts';
import type { ShortRunIds } from '../queries/run-prefixes.ts';
import type { SignalItem } from '../queries/signals.ts';
import type { TypeEver } from '../queries/type-counts.ts';
import { agentChangeLines, isWorse } from './agent-changes.ts';
import { createBriefs } from './brief.ts';
import { componentsText, scoreText, serverScoreLines } from './health.ts';
import { healthMark, percent } from './marks.ts';
import { plural } from './plural.ts';
import { intervalAfter } from './rates.ts';
import { groupedLines } from './signal-groups.ts';
import { idAndRun } from './signals.ts';
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
  shortRunId: ShortRunIds;
}

/** Failure types that an answer names. */
const maxTypes = 20;
const maxName = 60;

/** Beside a score that looks good, as it does while a regression is young. */
const diluted = ({ score }: Health) =>
  healthMark(score) === '✅' ? ', over 30 days: what became worse (above) weighs little in it' : '';

const counted = (mirrored: number, api: number) => (api === mirrored ? '' : ` (the API counts ${api})`);

function latestLines(recent: readonly SignalItem[], shortRunId: ShortRunIds, now: number): string[] {
  const { keyOf, briefOf } = createBriefs({ inOneSentence: true });
  return groupedLines<SignalItem>(recent, {
    keyOf,
    saidOf: (signal) => {
      const { title, what = title, fix } = briefOf(signal);
      return [prose(what), ...(fix ? [`Fix: ${prose(fix)}`] : [])];
    },
    whenOf: ({ detectedAt }) => ago(now - detectedAt),
    whereOf: (signal) => idAndRun(signal, shortRunId),
  });
}

/** Signals of each type, and the share of all runs that have any. */
function breakdownText({ types, runs }: SummaryView): string {
  const shown = types.slice(0, maxTypes).map(({ failureType, signals, affectedRuns }) => {
    const share = runs === 0 ? '' : ` (${percent(affectedRuns / runs)} of runs${intervalAfter(affectedRuns, runs)})`;
    return `${idText(cut(failureType, maxName))} ${signals}${share}`;
  });
  const rest = types.length - shown.length;
  return [...shown, ...(rest > 0 ? [`…and ${plural(rest, 'more type')}`] : [])].join(', ');
}

/** An agent at a glance. `now` is in Unix seconds. */
export function summaryLines(view: SummaryView, now: number): string[] {
  const { agentId, lastSeen, changes, health, runs, signals, api, types, recent, shortRunId } = view;
  const parts = health.components.length === 0 ? '' : ` (${componentsText(health)})`;
  return [
    `═══ Agent summary: ${idText(agentId)} ═══`,
    ...agentChangeLines(changes, now),
    `Health score: ${healthMark(health.score)} ${scoreText(health)}${parts}${isWorse(changes) ? diluted(health) : ''}`,
    ...serverScoreLines(health, now),
    `Total runs: ${runs}${counted(runs, api.runs)}`,
    `Total signals: ${signals}${counted(signals, api.signals)}`,
    `Last seen: ${lastSeen === null ? 'never' : ago(now - lastSeen)}`,
    ...(types.length === 0 ? [] : [`Failure breakdown (signals): ${breakdownText(view)}`]),
    ...(recent.length === 0 ? [] : ['Most recent signals:', ...latestLines(recent, shortRunId, now)]),
  ];
}
