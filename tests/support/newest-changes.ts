import fc from 'fast-check';
import type { WireEvent, WireRun, WireSignal } from '../../src/sample/wire.ts';
import type { SampleBackend, SignalSpec } from './customer-api/backend.ts';

/** What happens to a Customer API of generation 3 only. `at` picks a row, 0 being the newest. */
export type NewestChange =
  /** Runs get more events and are analysed again: they go on top. A stalled run may end so. */
  | { do: 'late events'; at: number; count: number; ends: boolean; signals: number }
  /** An evaluator finds something in old runs, now: neither they nor their agents move, but for the count of signals. */
  | { do: 'evaluated'; at: number; count: number }
  /** Signals lose what people, models and tools wrote, and their texts change. */
  | { do: 'evidence stripped'; at: number; count: number }
  /** Runs without events go, whatever their age. */
  | { do: 'daily pass' }
  /** Rows of the same time turn around. */
  | { do: 'ties swapped' }
  /** Runs of an agent whose id holds a slash: only the lists of all agents show them. */
  | { do: 'slashed runs'; count: number; signals: number };

export const slashedId = 'd/e';

export type NewestName = NewestChange['do'];

const at = fc.oneof(fc.nat(12), fc.nat(60));
/** Few rows, or more than a page of a model has. */
const burst = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 5, max: 30 }));

/** These of them, to be drawn at random. */
export function newestChanges(names: readonly NewestName[]) {
  const all: readonly { arbitrary: fc.Arbitrary<NewestChange>; weight: number; name: NewestName }[] = [
    {
      name: 'late events',
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('late events' as const),
        at,
        count: burst,
        ends: fc.boolean(),
        signals: fc.nat(3),
      }),
    },
    {
      name: 'evaluated',
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('evaluated' as const), at, count: burst }),
    },
    {
      name: 'evidence stripped',
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('evidence stripped' as const), at, count: burst }),
    },
    { name: 'daily pass', weight: 2, arbitrary: fc.constant({ do: 'daily pass' }) },
    { name: 'ties swapped', weight: 2, arbitrary: fc.constant({ do: 'ties swapped' }) },
    {
      name: 'slashed runs',
      weight: 3,
      arbitrary: fc.record({ do: fc.constant('slashed runs' as const), count: burst, signals: fc.nat(3) }),
    },
  ];
  return all.filter(({ name }) => names.includes(name)).map(({ arbitrary, weight }) => ({ arbitrary, weight }));
}

interface World {
  backend: SampleBackend;
  now: number;
  runs(at: number, count: number): readonly WireRun[];
  signals(at: number, count: number): readonly WireSignal[];
  specs(count: number): readonly SignalSpec[];
  /** A run comes in and is analysed. */
  add(agentId: string, signals: readonly SignalSpec[]): void;
  /** An agent's lists change. */
  touch(agentId: string): void;
  /** A run goes on top again. */
  moved(runId: string): void;
  /** A row comes in on top of its list. */
  came(list: 'runs' | 'signals', id: string | number): void;
}

export function makeNewestChange(what: NewestChange, { backend, ...world }: World): void {
  switch (what.do) {
    case 'late events':
      for (const run of world.runs(what.at, what.count)) {
        if (run.started_at === null) continue;
        backend.addLateEvents(run.run_id, lateEvents(run, what.ends, world.now));
        const found = backend.analyse(run.run_id, world.specs(what.signals));
        world.came('runs', run.run_id);
        world.moved(run.run_id);
        for (const { id } of found) world.came('signals', id);
      }
      break;
    case 'evaluated':
      for (const { run_id, agent_id } of world.runs(what.at, what.count)) {
        world.touch(agent_id);
        const spec = { failureType: 'HALLUCINATION', severity: 'LOW', stepIndex: 0, evidence: { score: 0.1 } } as const;
        for (const { id } of backend.analyse(run_id, [{ ...spec, detectedAt: world.now }])) world.came('signals', id);
      }
      break;
    case 'evidence stripped':
      for (const { id } of world.signals(what.at, what.count)) backend.stripEvidence(id);
      break;
    case 'daily pass':
      for (const { started_at, agent_id } of world.runs(0, Number.POSITIVE_INFINITY))
        if (started_at === null) world.touch(agent_id);
      backend.dropEmptyRuns();
      break;
    case 'ties swapped':
      backend.swapTies();
      break;
    case 'slashed runs':
      for (let n = 0; n < what.count; n += 1) world.add(slashedId, world.specs(what.signals));
      break;
  }
}

function lateEvents({ step_count }: WireRun, ends: boolean, now: number): WireEvent[] {
  const event = (event_type: string, step: number, payload: WireEvent['payload']) => ({
    event_type,
    step_index: step_count + step,
    timestamp: now,
    payload,
    parent_run_id: null,
  });
  const events = [
    event('llm.called', 1, { model: 'gpt-4o-mini', prompt_tokens: 0, call_id: 1 }),
    event('llm.responded', 1, { prompt_tokens: 40, completion_tokens: 2, output: 'It is late.', output_length: 11 }),
  ];
  return ends ? [...events, event('run.completed', 2, { exit_reason: 'final_answer' })] : events;
}
