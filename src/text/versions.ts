import { cut, idText } from '../printable.ts';
import type { Median } from '../queries/median.ts';
import type { ShortRunIds } from '../queries/run-prefixes.ts';
import type { VersionComparison, VersionFacts } from '../queries/version-comparison.ts';
import { version } from './marks.ts';
import { changeLine, changeWords, tooFewRuns } from './rate-changes.ts';
import { plainTable } from './tables.ts';
import { ago, duration, minute } from './time.ts';

/** Failure types that an answer names. */
export const maxComparedTypes = 20;
const maxName = 60;

export const versionName = (name: string) => version(cut(name, maxName)).trim();

const number = (value: number) => String(Math.round(value * 10) / 10);

/** `3`, or of few runs `3 (95% interval 2–5)`. */
function medianText(median: Median | undefined, text: (value: number) => string): string {
  if (!median) return '?';
  const { interval } = median;
  if (!interval) return `${text(median.median)} (of ${median.count})`;
  return `${text(median.median)} (${text(interval.low)}–${text(interval.high)})`;
}

const orUnknown = (value: number | null, text: (value: number) => string) => (value === null ? '?' : text(value));
export interface VersionsView extends VersionComparison {
  shortRunId: ShortRunIds;
}

const runText = (runId: string | null, shortRunId: ShortRunIds) =>
  runId === null ? 'none' : idText(shortRunId(runId));

function facts(one: VersionFacts, shortRunId: ShortRunIds, now: number): [string, string][] {
  return [
    ['runs', String(one.runs)],
    ['first run', minute(one.firstRun)],
    ['last run', one.lastRun === null ? '?' : ago(now - one.lastRun)],
    ['tokens a run', medianText(one.tokens, number)],
    ['steps a run', medianText(one.steps, number)],
    ['duration', medianText(one.seconds, duration)],
    ['prompt tokens a call', orUnknown(one.promptTokens, number)],
    ['LLM latency a call', orUnknown(one.latencyMs, (ms) => `${Math.round(ms)} ms`)],
    ['runs with events', String(one.runsWithEvents)],
    ['newest run', runText(one.newestRun, shortRunId)],
    ['newest failed run', runText(one.newestFailed, shortRunId)],
    ['newest clean run', runText(one.newestClean, shortRunId)],
  ];
}

/** Two versions side by side. `now` is in Unix seconds. */
export function versionComparisonLines(agentId: string, compared: VersionsView, now: number): string[] {
  const { versions, all, types, facts: sides, examples, shortRunId } = compared;
  const [before, after] = versions.map(({ version: name }) => versionName(name));
  const [left, right] = sides.map((side) => facts(side, shortRunId, now));
  const rows = (left ?? []).map(([name, value], at) => [name, value, right?.[at]?.[1] ?? '']);
  const exampleOf = new Map(examples.map(({ failureType, runs }) => [failureType, runs]));
  const shown = types.slice(0, maxComparedTypes).map((change) => {
    const runs = exampleOf.get(change.failureType ?? '');
    const example = runs ? `; newest run ${runs.map((runId) => runText(runId, shortRunId)).join(' → ')}` : '';
    return `${changeLine(change)}${example}`;
  });
  const sample = Math.max(...sides.map(({ sampleRuns }) => sampleRuns));
  return [
    `Versions of ${idText(agentId)}: ${before} → ${after}`,
    ...(all.interval ? [] : [`No verdict: ${tooFewRuns(all)}.`]),
    `Failure rates (of all mirrored runs of each version; ${changeWords}):`,
    changeLine(all),
    ...shown,
    ...(types.length > maxComparedTypes ? [`…and ${types.length - maxComparedTypes} more types`] : []),
    ...plainTable(['FACT', before ?? '', after ?? ''], rows),
    `Tokens, steps and duration: medians with 95% intervals, of the newest ${sample} runs at most; a call: means over the events mirrored.`,
  ];
}
