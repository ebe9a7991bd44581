import { type Fact, factText, numbersText, offsetText, type ToldEvent, toldLine } from './events.ts';

/** Events of a timeline in few lines: a call and what came of it is one, and what repeats is told once. */

const factIn = (facts: readonly Fact[], { label, unit }: Fact) =>
  facts.find((fact) => fact.label === label && fact.unit === unit);

/** What a call says and what its answer says, each once. An SDK may send 0 tokens with a call, and count them later. */
function together(called: readonly Fact[], responded: readonly Fact[]): Fact[] {
  const kept = called.flatMap((fact): Fact[] => {
    const later = fact.label === '' ? undefined : factIn(responded, fact);
    if (!later || later.value === fact.value) return [fact];
    return fact.value === 0 ? [] : [{ ...fact, value: `${fact.value}→${later.value}` }];
  });
  return [...kept, ...responded.filter((fact) => !kept.some(({ label }) => label !== '' && label === fact.label))];
}

const toolOf = ({ facts }: ToldEvent) => facts.find(({ label }) => label === 'tool=')?.value;

/** A call and its answer as one; undefined: the second is not the answer of the first. */
function answered(call: ToldEvent, answer: ToldEvent): ToldEvent | undefined {
  const [kind] = call.type.split('.called');
  const isAnswer = call.type === `${kind}.called` && answer.type === `${kind}.responded` && call.step === answer.step;
  const tools = [toolOf(call), toolOf(answer)].filter((tool) => tool !== undefined);
  if (!isAnswer || new Set(tools).size > 1) return undefined;
  const facts = together(call.facts, answer.facts);
  const isTimed = facts.some(({ unit }) => unit === 'ms') || call.at === null || answer.at === null;
  const took: Fact[] = isTimed
    ? []
    : [{ label: '', kind: 'number', value: Math.round(((answer.at ?? 0) - (call.at ?? 0)) * 1000), unit: 'ms' }];
  return { ...call, to: answer.to, type: `${kind} call`, facts: [...facts, ...took] };
}

/** Each call with its answer, where that comes next. */
export function withAnswers(events: readonly ToldEvent[]): ToldEvent[] {
  const told: ToldEvent[] = [];
  for (const event of events) {
    const last = told.at(-1);
    const pair = last && answered(last, event);
    if (pair) told.pop();
    told.push(pair ?? event);
  }
  return told;
}

/** Fewer repetitions are told one by one. */
const minTimes = 3;
/** How many calls a repetition has at most. */
const maxCycle = 6;

/** The same for events of the same kind: only numbers and texts of theirs may differ. */
const signatureOf = ({ type, facts }: ToldEvent) =>
  JSON.stringify([type, facts.map(({ label, kind, value, unit }) => [label, unit, kind === 'name' ? value : ''])]);

/** How often the first `length` signatures stand one after another. */
function timesOf(signatures: readonly string[], length: number): number {
  const end = signatures.findIndex((signature, place) => signature !== signatures[place % length]);
  return Math.floor((end === -1 ? signatures.length : end) / length);
}

interface Repetition {
  length: number;
  times: number;
}

/** The repetition with which events begin; of several, the one that covers most. */
function repetitionOf(signatures: readonly string[]): Repetition | undefined {
  const all = Array.from({ length: maxCycle }, (_, place) => place + 1)
    .map((length) => ({ length, times: timesOf(signatures, length) }))
    .filter(({ times }) => times >= minTimes)
    .sort((a, b) => b.length * b.times - a.length * a.times || a.length - b.length);
  return all[0];
}

/** A fact of events that repeat: `p=512–1204`, `args=5 different`. */
function repeatedText(facts: readonly Fact[]): string {
  const [first] = facts;
  if (!first) return '';
  const values = [...new Set(facts.map(({ value }) => value))];
  if (values.length === 1) return factText(first);
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length) return `${first.label}${values.length} different`;
  return `${first.label}${Math.min(...numbers)}–${Math.max(...numbers)}${first.unit}`;
}

function repeatedLines(events: readonly ToldEvent[], { length, times }: Repetition): string[] {
  const [first, last] = [events[0], events.at(-1)];
  if (!first || !last) return [];
  const kinds = events.slice(0, length).map(({ type, facts }, place) => {
    const same = events.filter((_, index) => index % length === place);
    const said = facts.map((_, at) => repeatedText(same.flatMap((event) => event.facts[at] ?? [])));
    return [type, ...said].join(' ');
  });
  const steps = first.step === null || last.step === null ? '' : ` step=${first.step}–${last.step}`;
  const head = `${numbersText(first.from, last.to)} ${offsetText(first.at)} to ${offsetText(last.at)}${steps}, ${times} times:`;
  return length === 1 ? [`${head} ${kinds[0]}`] : [head, ...kinds.map((kind) => `  ${kind}`)];
}

export interface Timeline {
  lines: string[];
  /** Whether events that repeat are told together. */
  isFolded: boolean;
}

/** Events by the line; unless `eachByItself`, those that repeat are told together. */
export function timelineOf(events: readonly ToldEvent[], { eachByItself }: { eachByItself: boolean }): Timeline {
  const told = withAnswers(events);
  if (eachByItself) return { lines: told.map(toldLine), isFolded: false };
  const signatures = told.map(signatureOf);
  const lines: string[] = [];
  let isFolded = false;
  for (let place = 0; place < told.length; ) {
    const found = repetitionOf(signatures.slice(place));
    const size = found ? found.length * found.times : 1;
    const part = told.slice(place, place + size);
    lines.push(...(found ? repeatedLines(part, found) : part.map(toldLine)));
    isFolded ||= found !== undefined;
    place += size;
  }
  return { lines, isFolded };
}
