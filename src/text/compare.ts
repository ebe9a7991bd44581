import { idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { RunTally } from '../queries/compare.ts';
import type { Divergence } from '../queries/divergence.ts';
import type { Parting } from '../queries/parting.ts';
import type { RunEventItem, RunItem } from '../queries/runs.ts';
import { toldEvent, toldLine } from './events.ts';
import { plural } from './plural.ts';
import { durationOf, tokensText } from './runs.ts';
import { plainTable } from './tables.ts';
import { textsText } from './texts.ts';
import { minute } from './time.ts';
import { withAnswers } from './timeline.ts';

/** A run that is compared with another one. */
export interface ComparedRun {
  run: RunItem;
  tally: RunTally;
  /** Why its timeline can't be compared; undefined: it can. */
  lacks?: string | undefined;
}

/** Failure types that a cell names. */
const maxTypes = 4;

function signalsCell({ signals }: RunTally): string {
  const shown = signals.slice(0, maxTypes).map(([type, count]) => `${idText(type)}×${count}`);
  const rest = signals.length > maxTypes ? [`+${plural(signals.length - maxTypes, 'more type')}`] : [];
  return [...shown, ...rest].join(', ') || 'none';
}

const known = (value: number | null) => (value === null ? '?' : String(value));

/** Rows that always differ. */
const own = ['run', 'started'];

function facts({ run, tally }: ComparedRun): [string, string][] {
  const hasEvents = tally.events > 0;
  return [
    ['run', idText(run.runId)],
    ['agent', idText(run.agentId)],
    ['version', idText(run.agentVersion ?? '?')],
    ['started', run.startedAt === null ? '?' : minute(run.startedAt)],
    ['duration', durationOf(run)],
    ['steps', known(run.stepCount)],
    ['exit', prose(run.exitReason ?? '?')],
    ['tokens', tokensText(tally.tokens)],
    ['LLM calls', hasEvents ? String(tally.llmCalls) : '?'],
    ['tool calls', hasEvents ? String(tally.toolCalls) : '?'],
    ['events', hasEvents ? String(tally.events) : '?'],
    ['signals', signalsCell(tally)],
  ];
}

function divergenceLine({ relation, common }: Divergence): string {
  const same = common === 1 ? 'Their first event is the same' : `Their first ${common} events are the same`;
  if (relation === 'same') return `The timelines never diverge: both have the same ${plural(common, 'event')}.`;
  if (relation === 'first_is_beginning') return `${same}; run 1 ends there, and run 2 goes on.`;
  if (relation === 'second_is_beginning') return `${same}; run 2 ends there, and run 1 goes on.`;
  return common === 0 ? 'The timelines diverge at their first event.' : `${same}; then the timelines diverge.`;
}

const startOf = ({ startedAt }: RunItem, events: readonly RunEventItem[]) => startedAt ?? events[0]?.timestamp ?? null;

/** Where the timelines of two runs diverge, and what each did before and after. */
export function partingLines(runs: readonly [RunItem, RunItem], divergence: Parting): string[] {
  const { common, last, next } = divergence;
  const shown = (run: RunItem, events: readonly RunEventItem[], from: number) => {
    const start = startOf(run, events);
    return withAnswers(events.map((event, index) => toldEvent(event, from + index, start))).map(toldLine);
  };
  const after = runs.flatMap((run, index) => {
    const events = next[index] ?? [];
    return [`Run ${index + 1} next:`, ...(events.length === 0 ? ['nothing'] : shown(run, events, common))];
  });
  return [
    `${divergenceLine(divergence)} Texts of the events: ${textsText(divergence.texts)}.`,
    ...(last.length === 0 ? [] : ['Last in common:', ...shown(runs[0], last, common - last.length)]),
    ...(divergence.relation === 'same' ? [] : after),
  ];
}

/** Two runs side by side, and where their timelines diverge; undefined: they can't be compared. */
export function comparisonLines(runs: readonly [ComparedRun, ComparedRun], divergence: Parting | undefined): string[] {
  const [first, second] = runs;
  const others = new Map(facts(second));
  const rows = facts(first).map(([name, value]): [string, string, string] => [name, value, others.get(name) ?? '']);
  const isSame = ([name, value, other]: [string, string, string]) => value === other && !own.includes(name);
  const marked = rows
    .filter((row) => !isSame(row))
    .map(([name, ...values]) => [own.includes(name) ? name : `≠ ${name}`, ...values]);
  const same = rows.filter(isSame).map(([name, value]) => `${name} ${value}`);
  const lines = [
    ...plainTable(['FACT', 'RUN 1', 'RUN 2'], marked),
    ...(same.length === 0 ? [] : [`Both: ${same.join(', ')}`]),
  ];
  if (divergence) return [...lines, ...partingLines([first.run, second.run], divergence)];
  const why = runs.flatMap(({ lacks }, index) => (lacks === undefined ? [] : [`Run ${index + 1}: ${lacks}.`]));
  return [...lines, 'The timelines are not compared, only what is known of the runs:', ...why];
}
