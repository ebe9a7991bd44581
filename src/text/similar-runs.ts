import { cut, idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { Parting } from '../queries/parting.ts';
import type { ShortRunIds } from '../queries/run-prefixes.ts';
import type { RunItem } from '../queries/runs.ts';
import type { SimilarRun, SimilarRuns } from '../queries/similar-runs.ts';
import { partingLines } from './compare.ts';
import { intervalText, percent } from './marks.ts';
import { plural } from './plural.ts';
import { plainTable } from './tables.ts';
import { ago } from './time.ts';

export interface SimilarRunsView extends Omit<SimilarRuns, 'clean' | 'failed' | 'contrast'> {
  run: RunItem;
  clean: readonly ShownRun[];
  failed: readonly ShownRun[];
  /** So many of a run's first events are compared. */
  comparedEvents: number;
  /** The nearest run that went the other way with the same input or tools, and where the two diverge. */
  contrast: { run: RunItem; parting: Parting } | undefined;
  shortRunId: ShortRunIds;
}

export type ShownRun = SimilarRun & { run: RunItem };

/** Names that a line lists, and the characters of each. */
const maxNames = 8;
const maxName = 60;

function listed(names: readonly string[], shown: (name: string) => string): string {
  const rest = names.length > maxNames ? [`+${names.length - maxNames} more`] : [];
  return [...names.slice(0, maxNames).map((name) => shown(cut(name, maxName))), ...rest].join(', ') || 'none';
}

const part = (value: number | null) => (value === null ? '?' : percent(value));

const similarColumns = [
  ...['RUN ID', 'LIKE', 'FAILURES', 'TOOLS', 'ORDER', 'INPUT'],
  ...['STARTED', 'VERSION', 'FAILURE TYPES'],
];

function runsTable(runs: readonly ShownRun[], shortRunId: ShortRunIds, now: number): string[] {
  if (runs.length === 0) return ['none'];
  const rows = runs.map(({ run, likeness, failureTypes }) => [
    idText(shortRunId(run.runId)),
    ...[likeness.whole, likeness.failures, likeness.tools, likeness.order].map(part),
    likeness.input === null ? '?' : likeness.input === 1 ? 'same' : 'other',
    run.startedAt === null ? '?' : ago(now - run.startedAt),
    idText(run.agentVersion ?? '?'),
    listed(failureTypes, idText),
  ]);
  return plainTable(similarColumns, rows);
}

function sameInputLine({ sameInput }: SimilarRunsView): string[] {
  if (sameInput === null) return [];
  const { failed, total, interval, isAll } = sameInput;
  if (interval === null) return ['No other run with its input is mirrored.'];
  const of = isAll
    ? `Of the ${plural(total, 'other run')} with its input`
    : `Of the ${total} runs with its input nearest in time`;
  return [`${of}, ${failed} failed (${percent(failed / total)}, ${intervalText(interval)}).`];
}

/** The runs like one, clean ones apart from failed ones. `now` is in Unix seconds. */
export function similarRunsLines(view: SimilarRunsView, now: number): string[] {
  const { run, clean, failed, tools, input, failureTypes, lookedAt, withEvents, of, contrast, comparedEvents } = view;
  const kind = failureTypes.length === 0 ? 'failed' : 'clean';
  const nearest = `the nearest ${kind} run with the same input or tools`;
  return [
    `Runs like ${idText(run.runId)} of ${idText(run.agentId)}`,
    `Its failures: ${listed(failureTypes, idText)}; tools: ${tools === null ? '?' : listed(tools, prose)}; input: ${input === null ? '?' : idText(cut(input, maxName))}`,
    `Looked at ${lookedAt} of the agent's ${plural(of, 'other run')}: those nearest in time with its input, its failures or events; ${withEvents} have events.`,
    ...sameInputLine(view),
    'Clean runs, nearest first:',
    ...runsTable(clean, view.shortRunId, now),
    'Failed runs, nearest first:',
    ...runsTable(failed, view.shortRunId, now),
    `LIKE is the mean of: failure types and tools shared, order of event types alike (of the first ${comparedEvents} events), same input; of these, what is known of the run.`,
    ...(contrast
      ? [
          `Run 1 is this one, run 2 ${nearest}: ${idText(contrast.run.runId)}`,
          ...partingLines([run, contrast.run], contrast.parting),
        ]
      : [
          tools === null
            ? 'Not compared step by step: no events of the run are mirrored.'
            : `Not compared step by step: ${nearest} was not found.`,
        ]),
  ];
}
