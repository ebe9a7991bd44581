import { idText } from '../printable.ts';
import { prose } from '../prose.ts';
import type { SignalLine } from '../queries/signals.ts';
import { percent, severityMark } from './marks.ts';

/** How a list tells its signals. */
export interface Telling<Signal> {
  /** The same for signals of the same severity and type of which the same is said. */
  keyOf(signal: Signal): string;
  /** What is said of a signal, and of those like it: its title, its explanation. Asked once for each group. */
  saidOf(signal: Signal): readonly string[];
  /** How long ago it was; undefined where that goes without saying. */
  whenOf(signal: Signal): string | undefined;
  /** Its id, and its run. */
  whereOf(signal: Signal): string;
}

/** How sure a detector is, and of which step; undefined: it does not say. */
const confidenceOf = ({ confidence }: SignalLine) => (confidence === null ? undefined : `conf=${percent(confidence)}`);
const stepOf = ({ stepIndex }: SignalLine) => (stepIndex === null ? undefined : `step=${stepIndex}`);
const kinds = [confidenceOf, stepOf];

/** `conf=95% step=11`. */
export const factsOf = (signal: SignalLine): string[] => kinds.flatMap((factOf) => factOf(signal) ?? []);

/** What most of a group have in common, of what all of it say: behind each then stands only what is otherwise. */
function commonFacts(group: readonly SignalLine[]): string[] {
  return kinds.flatMap((factOf) => {
    const byFact = [...Map.groupBy(group, factOf)].sort(([, a], [, b]) => b.length - a.length);
    return byFact.some(([fact]) => fact === undefined) ? [] : (byFact[0]?.[0] ?? []);
  });
}

const head = ({ severity, failureType }: SignalLine) =>
  `${severityMark(severity)} [${prose(severity)}] ${idText(failureType)}`;

/** One after another, those of the same age on a line: `4m ago: id=402 run=f232f3c5…, id=400 run=d75888de…`. */
function rowLines<Signal extends SignalLine>(
  group: readonly Signal[],
  shared: readonly string[],
  { whenOf, whereOf }: Telling<Signal>,
): string[] {
  const rows: { when: string | undefined; where: string[] }[] = [];
  for (const signal of group) {
    const when = whenOf(signal);
    const row = [whereOf(signal), ...factsOf(signal).filter((fact) => !shared.includes(fact))].join(' ');
    const last = rows.at(-1);
    if (last && last.when === when) last.where.push(row);
    else rows.push({ when, where: [row] });
  }
  return rows.map(({ when, where }) => `  ${when === undefined ? '' : `${when}: `}${where.join(', ')}`);
}

function groupLines<Signal extends SignalLine>(
  first: Signal,
  group: readonly Signal[],
  telling: Telling<Signal>,
): string[] {
  const said = telling.saidOf(first).map((line) => `  ${line}`);
  const when = telling.whenOf(first);
  const own = [...factsOf(first), ...(when === undefined ? [] : [when]), telling.whereOf(first)];
  if (group.length === 1) return [[head(first), ...own].join(' '), ...said];
  const shared = commonFacts(group);
  return [[head(first), `×${group.length}`, ...shared].join(' '), ...said, ...rowLines(group, shared, telling)];
}

/** Signals in their order. Those of which the same is said stand together, and it is said once. */
export function groupedLines<Signal extends SignalLine>(
  signals: readonly Signal[],
  telling: Telling<Signal>,
): string[] {
  const groups = Map.groupBy(signals, (signal) =>
    JSON.stringify([signal.severity, signal.failureType, telling.keyOf(signal)]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? groupLines(first, group, telling) : [];
  });
}
