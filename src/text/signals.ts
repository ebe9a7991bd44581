import { cut, idText, printableText } from '../printable.ts';
import { prose, proseLines } from '../prose.ts';
import type { Fix } from '../queries/json.ts';
import type { ShortRunIds } from '../queries/run-prefixes.ts';
import type { SignalDetail, SignalItem, SignalLine } from '../queries/signals.ts';
import { briefTitle, createBriefs, saysMore } from './brief.ts';
import { severityMark, version } from './marks.ts';
import { factsOf, groupedLines, type Telling } from './signal-groups.ts';
import { textsText } from './texts.ts';
import { ago, minute } from './time.ts';

const heading = (shown: number, total: number) => `(${shown} shown, ${total} matched):`;

interface SignalsView<Item> {
  items: readonly Item[];
  /** How many match. */
  total: number;
  /** How many signals the mirror has to choose from. */
  mirrored: number;
  covered: boolean;
  shortRunId: ShortRunIds;
}

/** How a list names a signal and its run. */
export const idAndRun = ({ id, runId }: SignalLine, shortRunId: ShortRunIds): string =>
  `id=${id} run=${idText(shortRunId(runId))}`;

const titleLines = (signal: SignalLine, title = prose(briefTitle(signal))) => (saysMore(signal) ? [title] : []);

/** An agent's signals, newest first; a long explanation appears once. `now` is in Unix seconds. */
export function agentSignalLines(
  agentId: string,
  { items, total, mirrored, covered, shortRunId }: SignalsView<SignalItem>,
  now: number,
): string[] {
  const title = `Signals for ${idText(agentId)} ${heading(items.length, total)}`;
  if (items.length === 0) return [title, noSignals(mirrored, covered)];
  const { keyOf, briefOf } = createBriefs();
  const groups = groupedLines<SignalItem>(items, {
    keyOf,
    saidOf: (signal) => {
      const { what, fix } = briefOf(signal);
      return [...titleLines(signal), ...(what ? [`What: ${prose(what)}`] : []), ...(fix ? [`Fix: ${prose(fix)}`] : [])];
    },
    whenOf: ({ detectedAt }) => ago(now - detectedAt),
    whereOf: (signal) => idAndRun(signal, shortRunId),
  });
  return [title, ...groups];
}

function ownerLine({ agentId, agentVersion }: SignalLine): string {
  return `agent=${idText(agentId)}${agentVersion === null ? '' : ` version=${idText(agentVersion)}`}`;
}

/** Signals of all agents by agent and version, newest first. `now` is in Unix seconds. */
export function foundSignalLines(
  { items, total, mirrored, covered, shortRunId }: SignalsView<SignalLine>,
  now: number,
): string[] {
  const title = `Signals ${heading(items.length, total)}`;
  if (items.length === 0) return [title, noSignals(mirrored, covered)];
  const owned = Map.groupBy(items, ownerLine);
  const telling: Telling<SignalLine> = {
    keyOf: briefTitle,
    saidOf: titleLines,
    whenOf: ({ detectedAt }) => ago(now - detectedAt),
    whereOf: (signal) => idAndRun(signal, shortRunId),
  };
  return [title, ...[...owned].flatMap(([owner, signals]) => [owner, ...groupedLines(signals, telling)])];
}

function noSignals(mirrored: number, covered: boolean): string {
  if (mirrored > 0)
    return mirrored === 1
      ? 'The one mirrored signal does not match.'
      : `None of the ${mirrored} mirrored signals matches.`;
  return covered ? 'No signals.' : 'No signals are mirrored.';
}

/** The signals of a run, by step. An explanation stands for its title, unless signals with other titles share it. */
export function runSignalLines(signals: readonly SignalItem[]): string[] {
  const { keyOf, briefOf } = createBriefs({ inOneSentence: true });
  const explained = Map.groupBy(signals, ({ what }) => what);
  const isShared = ({ what, title }: SignalItem) =>
    explained.get(what)?.some((other) => other.title !== title) === true;
  return groupedLines<SignalItem>(signals, {
    keyOf,
    saidOf: (signal) => {
      const { what, fix } = briefOf(signal);
      const title = what && !isShared(signal) ? [] : titleLines(signal);
      return [...title, ...(what ? [prose(what)] : []), ...(fix ? [`Fix: ${prose(fix)}`] : [])];
    },
    whenOf: () => undefined,
    whereOf: ({ id }) => `id=${id}`,
  });
}

const maxListed = 8;
const maxValue = 300;

/** A value of a signal's evidence on one line; a long list is cut. */
function evidenceValue(value: unknown): string {
  if (Array.isArray(value)) {
    const rest = value.length > maxListed ? `, …+${value.length - maxListed} more` : '';
    return `[${value.slice(0, maxListed).map(evidenceValue).join(', ')}${rest}]`;
  }
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return prose(cut(text, maxValue));
}

/** How many fixes an answer shows for one signal. */
export const maxFixes = 10;

/** Characters of a line of code. */
const maxCodeLine = 2000;
const maxLanguage = 40;

/** Code between fences that it cannot close: the fences are longer than any run of backticks in it. */
function fenced({ language, code: sent }: Fix): string[] {
  // Clean and cut the code first: removing characters between two backticks can join them into a longer run.
  const code = printableText(sent)
    .trimEnd()
    .split('\n')
    .map((line) => cut(line, maxCodeLine));
  const runs = code.flatMap((line) => line.match(/`+/g) ?? []);
  const fence = '`'.repeat(runs.reduce((most, run) => Math.max(most, run.length + 1), 3));
  return [`${fence}${cut(language, maxLanguage).replaceAll(/[^\w+#.-]/g, '')}`, ...code, fence];
}

function fixLines(fix: Fix, index: number): string[] {
  const code = fix.code.trim() === '' ? [] : fenced(fix);
  return [`${index + 1}. ${prose(fix.description)}`, ...code.map((line) => `  ${line}`.trimEnd())];
}

/** Paragraphs of an explanation, each line marked as quoted, so that none looks like one of our lines. */
const paragraph = (text: string) =>
  proseLines(text)
    .trim()
    .split('\n')
    .map((line) => `  > ${line}`.trimEnd());

/** All details of a signal. `now` is in Unix seconds. */
export function signalDetailLines(signal: SignalDetail, now: number): string[] {
  const evidence = Object.entries(signal.evidence);
  const { fixes, goneAt, alerted } = signal;
  const alert = alerted === null ? '' : alerted ? ', alerted' : ', not alerted';
  return [
    `${severityMark(signal.severity)} Signal #${signal.id} [${prose(signal.severity)}] ${[idText(signal.failureType), ...factsOf(signal)].join(' ')}`,
    `Agent: ${idText(signal.agentId)}${version(signal.agentVersion)}`,
    `Run: ${idText(signal.runId)}`,
    `Detected: ${minute(signal.detectedAt)} (${ago(now - signal.detectedAt)})${alert}`,
    ...(signal.shadow ? ['Shadow: its detector is on trial.'] : []),
    ...(goneAt === null ? [] : [`The API no longer has this signal (since ${minute(goneAt)}).`]),
    ...titleLines(signal, prose(signal.title)),
    ...(signal.what ? ['What happened:', ...paragraph(signal.what)] : []),
    ...(signal.whyItMatters ? ['Why it matters:', ...paragraph(signal.whyItMatters)] : []),
    ...(evidence.length === 0
      ? []
      : [
          `Evidence (texts ${textsText(signal.texts)}):`,
          ...evidence.map(([name, value]) => `  ${prose(`${name}:`)} ${evidenceValue(value)}`),
        ]),
    ...(signal.evidenceSummary ? [`In short: ${prose(signal.evidenceSummary)}`] : []),
    ...(fixes.length === 0 ? [] : [`Suggested fixes (${fixes.length}):`]),
    ...fixes.slice(0, maxFixes).flatMap(fixLines),
    ...(fixes.length > maxFixes ? [`…+${fixes.length - maxFixes} more`] : []),
  ];
}
