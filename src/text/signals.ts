import { cut, idText, printableText } from '../printable.ts';
import { prose, proseLines } from '../prose.ts';
import type { Fix } from '../queries/json.ts';
import type { SignalDetail, SignalItem, SignalLine } from '../queries/signals.ts';
import { type Brief, briefTitle, createBriefs } from './brief.ts';
import { percent, severityMark, version } from './marks.ts';
import { textsText } from './texts.ts';
import { ago, minute } from './time.ts';

const confidence = (signal: SignalLine) => (signal.confidence === null ? '' : ` conf=${percent(signal.confidence)}`);
const step = (signal: SignalLine) => (signal.stepIndex === null ? '' : ` step=${signal.stepIndex}`);

const heading = (shown: number, total: number) => `(${shown} shown, ${total} matched):`;

/** Blocks of lines, each after a blank line. */
const apart = (blocks: readonly string[][]) => blocks.flatMap((block) => ['', ...block]);

interface SignalsView<Item> {
  items: readonly Item[];
  /** How many match. */
  total: number;
  /** How many signals the mirror has to choose from. */
  mirrored: number;
  covered: boolean;
}

/** An agent's signals, newest first; a long explanation appears once. `now` is in Unix seconds. */
export function agentSignalLines(
  agentId: string,
  { items, total, mirrored, covered }: SignalsView<SignalItem>,
  now: number,
): string[] {
  const title = `Signals for ${idText(agentId)} ${heading(items.length, total)}`;
  if (items.length === 0) return [title, noSignals(mirrored, covered)];
  const brief = createBriefs();
  const blocks = items.map((signal) => {
    const { title: said, what, fix } = brief(signal);
    return [
      `${severityMark(signal.severity)} [${prose(signal.severity)}] ${idText(signal.failureType)} ${confidence(signal)} ${step(signal)}  ${ago(now - signal.detectedAt)}`,
      `   id=${signal.id} run=${idText(signal.runId)}`,
      `   ${prose(said)}`,
      ...(what ? [`   What: ${prose(what)}`] : []),
      ...(fix ? [`   Fix: ${prose(fix)}`] : []),
    ];
  });
  return [title, ...apart(blocks)];
}

/** Signals of all agents, newest first. `now` is in Unix seconds. */
export function foundSignalLines({ items, total, mirrored, covered }: SignalsView<SignalLine>, now: number): string[] {
  const title = `Signals ${heading(items.length, total)}`;
  if (items.length === 0) return [title, noSignals(mirrored, covered)];
  const blocks = items.map((signal) => [
    `${severityMark(signal.severity)} ${ago(now - signal.detectedAt)} [${prose(signal.severity).padEnd(8)}] ${idText(signal.failureType)}  agent=${idText(signal.agentId)}`,
    `   id=${signal.id} run=${idText(signal.runId)}${confidence(signal)}${step(signal)}${signal.agentVersion === null ? '' : ` version=${idText(signal.agentVersion)}`}`,
    `   ${prose(briefTitle(signal))}`,
  ]);
  return [title, ...apart(blocks)];
}

function noSignals(mirrored: number, covered: boolean): string {
  if (mirrored > 0)
    return mirrored === 1
      ? 'The one mirrored signal does not match.'
      : `None of the ${mirrored} mirrored signals matches.`;
  return covered ? 'No signals.' : 'No signals are mirrored.';
}

/** A signal under its run. */
export function runSignalLines(signal: SignalItem, { title, what, fix }: Brief): string[] {
  return [
    `  ${severityMark(signal.severity)} ${idText(signal.failureType)} [${prose(signal.severity)}] id=${signal.id}${confidence(signal)}${step(signal)}`,
    `     ${prose(title)}`,
    ...(what ? [`     What: ${prose(what)}`] : []),
    ...(fix ? [`     Fix: ${prose(fix)}`] : []),
  ];
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
  return [`  ${index + 1}. ${prose(fix.description)}`, ...code.map((line) => `     ${line}`.trimEnd())];
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
  const { fixes, goneAt } = signal;
  return [
    `${severityMark(signal.severity)} Signal #${signal.id}`,
    `Type:     ${idText(signal.failureType)}`,
    `Severity: ${prose(signal.severity)}${signal.confidence === null ? '' : ` confidence=${percent(signal.confidence)}`}`,
    `Agent:    ${idText(signal.agentId)}${version(signal.agentVersion)}`,
    `Run:      ${idText(signal.runId)}`,
    `Step:     ${signal.stepIndex ?? '?'}`,
    `Detected: ${minute(signal.detectedAt)} (${ago(now - signal.detectedAt)})`,
    ...(signal.alerted === null ? [] : [`Alerted:  ${signal.alerted ? 'yes' : 'no'}`]),
    ...(signal.shadow ? ['Shadow:   yes (its detector is on trial)'] : []),
    ...(goneAt === null ? [] : [`The API no longer has this signal (since ${minute(goneAt)}).`]),
    '',
    prose(signal.title),
    ...(signal.what ? ['', 'What happened:', ...paragraph(signal.what)] : []),
    ...(signal.whyItMatters ? ['', 'Why it matters:', ...paragraph(signal.whyItMatters)] : []),
    ...(evidence.length === 0
      ? []
      : [
          '',
          `Evidence (texts ${textsText(signal.texts)}):`,
          ...evidence.map(([name, value]) => `  ${prose(`${name}:`)} ${evidenceValue(value)}`),
        ]),
    ...(signal.evidenceSummary ? ['', `In short: ${prose(signal.evidenceSummary)}`] : []),
    ...(fixes.length === 0
      ? []
      : ['', `Suggested fixes (${fixes.length}):`, ...fixes.slice(0, maxFixes).flatMap(fixLines)]),
    ...(fixes.length > maxFixes ? [`  …+${fixes.length - maxFixes} more`] : []),
  ];
}
