/** What counts of an event for the sums; names are codes of the dictionary but for the event's type. */
export interface CallEvent {
  eventType: string;
  model: number | null;
  promptTokens: number | null;
  completionTokens: number | null;
  reasoningTokens: number | null;
  latencyMs: number | null;
}

/** What the calls of one model come to; each sum with how many values it is of. */
export interface CallSums {
  /** 0: none is named. */
  model: number;
  calls: number;
  /** Calls that tell tokens of either kind. */
  counted: number;
  /** Prompt tokens read call by call. */
  prompt: number;
  prompts: number;
  /** Prompt tokens of each event, and how many values both sums are of. */
  called: number;
  responded: number;
  told: number;
  completion: number;
  reasoning: number;
  /** Microseconds. */
  latency: number;
  latencies: number;
}

interface Call {
  called: CallEvent | undefined;
  responded: CallEvent[];
}

type Values = readonly number[];

const sum = (values: Values) => values.reduce((total, value) => total + value, 0);
const known = (values: readonly (number | null | undefined)[]) => values.flatMap((value) => value ?? []);
const limit = Number.MAX_SAFE_INTEGER;
const microseconds = (ms: number) => Math.min(limit, Math.max(-limit, Math.round(ms * 1000)));

function callsIn(events: readonly CallEvent[]): Call[] {
  const calls: Call[] = [];
  for (const event of events) {
    const last = calls.at(-1);
    if (event.eventType === 'llm.called') calls.push({ called: event, responded: [] });
    else if (event.eventType !== 'llm.responded') continue;
    else if (last) last.responded.push(event);
    else calls.push({ called: undefined, responded: [event] });
  }
  return calls;
}

function valuesOf({ called, responded }: Call) {
  const on = (side: readonly (CallEvent | undefined)[], of: 'promptTokens' | 'completionTokens' | 'latencyMs') =>
    known(side.map((event) => event?.[of]));
  const either = (first: Values, second: Values) => (first.length > 0 ? first : second);
  const [onCalled, onResponded] = [on([called], 'promptTokens'), on(responded, 'promptTokens')];
  return {
    model: called?.model ?? Math.max(0, ...known(responded.map(({ model }) => model))),
    onCalled,
    onResponded,
    prompts: either(onCalled, onResponded),
    reasonings: known(responded.map(({ reasoningTokens }) => reasoningTokens)),
    completions: either(on(responded, 'completionTokens'), on([called], 'completionTokens')),
    latencies: either(on(responded, 'latencyMs'), on([called], 'latencyMs')),
  };
}

/**
 * Sums up the model calls in a run's events, which are in their order. A call is an `llm.called` event with the
 * `llm.responded` events up to the next one; responses before any call make one call too. SDKs differ in the event that
 * carries a number, and some send it on both. Completion tokens and latency are read from one, the response if they are
 * there. Prompt tokens are kept for each event, as which one counts is decided for the whole run
 * (`src/queries/run-tokens.ts`), and call by call: from the call if they are there.
 * @returns a row for each model; a row of zeros for events without a call; none for no events.
 */
export function callSums(events: readonly CallEvent[]): CallSums[] {
  if (events.length === 0) return [];
  const none = { prompt: 0, prompts: 0, called: 0, responded: 0, told: 0 };
  const zero = { calls: 0, counted: 0, ...none, completion: 0, reasoning: 0, latency: 0, latencies: 0 };
  const byModel = new Map<number, CallSums>();
  for (const call of callsIn(events).map(valuesOf)) {
    const { model, onCalled, onResponded, prompts, completions, reasonings, latencies } = call;
    const sums = byModel.get(model) ?? { model, ...zero };
    sums.calls += 1;
    sums.counted += prompts.length + completions.length > 0 ? 1 : 0;
    sums.prompt += sum(prompts);
    sums.prompts += prompts.length;
    sums.called += sum(onCalled);
    sums.responded += sum(onResponded);
    sums.told += onCalled.length + onResponded.length;
    sums.completion += sum(completions);
    sums.reasoning += sum(reasonings);
    sums.latency += sum(latencies.map(microseconds));
    sums.latencies += latencies.length;
    byModel.set(model, sums);
  }
  return byModel.size === 0 ? [{ model: 0, ...zero }] : [...byModel.values()];
}
