import fc from 'fast-check';
import { goodRows } from '../../src/api/rows.ts';
import { eventRow, getRunDetail } from '../../src/lists/run-detail.ts';
import { runRow } from '../../src/lists/runs.ts';
import type { WireRun, WireSignal } from '../../src/sample/wire.ts';
import type { SampleBackend, SignalSpec } from './customer-api/backend.ts';
import { createTestClient } from './fake-customer-api.ts';
import { setUpPasses } from './passes.ts';

/** Random pasts of one agent, mirrored; what queries tell of them is to equal a plain recount over the API's own state. */

const day = 86_400;
export const types = ['TOOL_LOOP', 'COST_SPIKE', 'CONTEXT_BLOAT'] as const;

interface Failure {
  failureType: string;
  severity: 'CRITICAL' | 'HIGH' | 'LOW';
  stepIndex: number;
  evidence: Record<string, unknown>;
  /** Seconds from the run's start to its detection: some are found days later. */
  after: number;
}

/** A run, and what became of it. */
export interface Past {
  /** Seconds before the end of the windows; a few runs are later. */
  age: number;
  version: string;
  failures: readonly Failure[];
  /** What its input's hash is. */
  input: string | undefined;
  isStalled: boolean;
  fate: 'kept' | 'expired' | 'dropped' | 'signal deleted';
  /** Whether its events are mirrored. */
  hasDetail: boolean;
}

const failure: fc.Arbitrary<Failure> = fc.record({
  failureType: fc.constantFrom('TOOL_LOOP', 'TOOL_LOOP', ...types),
  severity: fc.constantFrom('CRITICAL' as const, 'HIGH' as const, 'LOW' as const),
  stepIndex: fc.nat(9),
  evidence: fc.dictionary(
    fc.constantFrom('tool', 'count', 'identical'),
    fc.oneof(fc.constantFrom('search', 'mail'), fc.nat(4), fc.boolean(), fc.constant(null), fc.constant(['a'])),
  ),
  after: fc.oneof(fc.nat(60), fc.nat(3 * day)),
});

const past: fc.Arbitrary<Past> = fc.record({
  age: fc.oneof(fc.integer({ min: -600, max: 8 * day }), fc.integer({ min: -600, max: 70 * day })),
  version: fc.constantFrom('v1', 'v2', 'v3', 'v4'),
  failures: fc.oneof(fc.constant([]), fc.array(failure, { maxLength: 3 })),
  input: fc.constantFrom(undefined, 'one', 'two', 'three'),
  isStalled: fc.boolean(),
  fate: fc.constantFrom('kept', 'kept', 'kept', 'kept', 'expired', 'dropped', 'signal deleted'),
  hasDetail: fc.constantFrom(true, true, false),
});

export const worlds = fc.record({
  pasts: fc.array(past, { minLength: 1, maxLength: 60, size: 'max' }),
  days: fc.constantFrom(1, 7, 14, 30, 90),
});

/** Tells the backend, and mirrors what it then has: both lists whole, and the details of some runs. */
export async function createWorld(pasts: readonly Past[]) {
  const { backend, api, pass, clock, temp } = await setUpPasses();
  // Recounts are over what the API says.
  temp.mirror.sqlite.exec("update mirror_meta set content = 'keep'");
  const agentId = 'a';
  const end = clock.now();
  const kept = { age: 100, version: 'v1', failures: [], input: undefined, isStalled: false };
  const all: Past[] = [{ ...kept, fate: 'kept', hasDetail: true }, ...pasts];
  const detailed: string[] = [];
  for (const [n, one] of all.entries()) tell(backend, `run-${n}`, agentId, one, end);
  for (const [n, { fate, hasDetail }] of all.entries()) {
    const runId = `run-${n}`;
    if (fate === 'expired') backend.expireEvents(runId);
    if (fate === 'dropped') backend.dropRun(runId);
    const [signal] = backend.signals(agentId).filter((row) => row.run_id === runId);
    if (fate === 'signal deleted' && signal) backend.deleteSignal(signal.id);
    if (hasDetail && backend.runDetail(runId)) detailed.push(runId);
  }
  await pass();
  const client = createTestClient(api.url, clock);
  const { store, mirror } = temp;
  for (const runId of detailed) {
    const detail = await getRunDetail(client, runId, {});
    store.write(() => {
      const content = store.content.policy();
      const run = store.runs.putDetail(runRow(detail.run, content), store.agents.ensure(agentId), clock.now());
      const events = goodRows(detail.events).map((event) => eventRow(event, content));
      store.runEvents.put(run, events);
    });
  }
  await client.close();
  return { agentId, end, reader: mirror, detailed: new Set(detailed), ...stateOf(backend, agentId) };
}

function tell(backend: SampleBackend, runId: string, agentId: string, one: Past, end: number): void {
  const startedAt = end - one.age;
  const completedAt = startedAt + 9;
  const event = { step_index: 0, timestamp: startedAt, parent_run_id: null };
  const payload = one.input === undefined ? {} : { input_hash: one.input };
  const exitReason = one.isStalled ? 'stalled' : 'run.completed';
  const events = [{ ...event, event_type: 'run.started', payload }];
  backend.ingestRun({ runId, agentId, agentVersion: one.version, startedAt, completedAt, exitReason, events });
  backend.analyse(
    runId,
    one.failures.map(({ after, ...spec }): SignalSpec => ({ ...spec, detectedAt: startedAt + after })),
  );
}

/** What the API tells. */
function stateOf(backend: SampleBackend, agentId: string) {
  const runs = backend.runs(agentId);
  const signals = backend.signals(agentId);
  const timeOf = (run: WireRun) => run.started_at ?? run.completed_at ?? undefined;
  const inputOf = (runId: string) => backend.runDetail(runId)?.events[0]?.payload.input_hash;
  const ofRun = (runId: string): WireSignal[] => signals.filter((signal) => signal.run_id === runId);
  const runsIn = (from: number, end: number) =>
    runs.filter((run) => {
      const at = timeOf(run);
      return at !== undefined && at >= from && at <= end;
    });
  const fails = (run: WireRun, type: string | null) =>
    ofRun(run.run_id).some(({ failure_type }) => type === null || failure_type === type);
  return { runs, signals, timeOf, inputOf, ofRun, runsIn, fails };
}
