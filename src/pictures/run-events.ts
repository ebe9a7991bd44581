/** The events and signals of a run, as pictures show them. */

export interface RunEvent {
  /** Its number in the run, from 0. */
  index: number;
  /** `tool.called` and the like. */
  type: string;
  step: number | null;
  /** Unix seconds. */
  at: number | null;
  /** What else is worth telling: the tool, the model, how long it took. */
  facts: readonly string[];
  isFailure: boolean;
}

export interface RunSignal {
  id: number;
  failureType: string;
  severity: string;
  step: number | null;
  title: string;
}

export const lanes = ['model', 'tools', 'retrieval', 'other'] as const;
export type Lane = (typeof lanes)[number];

const lanesByKind = new Map<string, Lane>([
  ['llm', 'model'],
  ['tool', 'tools'],
  ['retrieval', 'retrieval'],
]);

const kindOf = ({ type }: RunEvent) => type.split('.')[0] ?? '';

/** A call with its response, or an event that stands alone. */
export interface Span {
  lane: Lane;
  first: RunEvent;
  last: RunEvent;
}

/** The response to a call: the next one of its kind, in its step where both tell theirs. */
function isResponse(call: RunEvent, event: RunEvent): boolean {
  if (call.type !== `${kindOf(event)}.called`) return false;
  return call.step === event.step || call.step === null || event.step === null;
}

/** The events of a run in order, each call joined with its response. */
export function spansOf(events: readonly RunEvent[]): Span[] {
  const spans: Span[] = [];
  const open: Span[] = [];
  for (const event of events) {
    const answered = event.type.endsWith('.responded') ? open.find(({ first }) => isResponse(first, event)) : undefined;
    if (answered) {
      answered.last = event;
      open.splice(open.indexOf(answered), 1);
      continue;
    }
    const span: Span = { lane: lanesByKind.get(kindOf(event)) ?? 'other', first: event, last: event };
    spans.push(span);
    if (event.type.endsWith('.called')) open.push(span);
  }
  return spans;
}
