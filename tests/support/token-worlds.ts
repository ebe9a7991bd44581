import fc from 'fast-check';
import { onTestFinished } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openReader, type Reader } from '../../src/db/open.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from './fake-clock.ts';
import { startFakeCustomerApi } from './fake-customer-api.ts';
import { createPlace } from './program.ts';

export const agentId = 'a';
/** Unix seconds. */
export const now = 1_780_000_000;
export const day = 86_400;

const tokens = fc.integer({ min: 0, max: 6000 });
const place = fc.constantFrom('called', 'responded', 'both', 'neither');

const call = fc.record({
  model: fc.constantFrom('gpt-4o', 'gpt-4o-mini', 'own-model', undefined),
  prompt: tokens,
  promptOn: place,
  completion: tokens,
  completionOn: place,
  latency: fc.integer({ min: 1, max: 12_000 }),
  latencyOn: place,
  /** A call that failed has no response. */
  isAnswered: fc.boolean(),
});

/** A run of so many days ago, with so many model calls at least. */
const run = (daysAgo: fc.Arbitrary<number>, minLength: number) =>
  fc.record({
    daysAgo,
    calls: fc.array(call, { minLength, maxLength: 3 }),
    failures: fc.uniqueArray(fc.constantFrom('TOOL_LOOP', 'COST_SPIKE', 'LLM_TRUNCATION_LOOP'), { maxLength: 2 }),
    totalTokens: fc.option(tokens, { nil: null }),
    costUsd: fc.option(
      fc.integer({ min: 0, max: 100 }).map((cents) => cents / 100),
      { nil: null },
    ),
    luck: fc.double({ min: 0, max: 1, noNaN: true }),
  });

const days = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const recent = fc.array(run(fc.oneof(days(0, 2), days(0, 35)), 0), { maxLength: 35, size: 'max' });
/** Few of them, or enough for a baseline. */
const old = fc.oneof(
  fc.array(run(days(25, 95), 0), { maxLength: 10 }),
  fc.array(run(days(31, 89), 2), { minLength: 22, maxLength: 45 }),
);

export const worlds = fc.record({
  generation: fc.constantFrom(1 as const, 2 as const),
  runs: fc.tuple(recent, old).map((runs) => runs.flat()),
  /** The share of the runs whose events are mirrored. */
  share: fc.constantFrom(0.4, 0.85, 1),
});

type World = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never;
type Call = World['runs'][number]['calls'][number];

function eventsOf(calls: readonly Call[], startedAt: number) {
  const event = (event_type: string, step_index: number, payload: Record<string, unknown>) => ({
    event_type,
    step_index,
    timestamp: startedAt + step_index,
    payload,
    parent_run_id: null,
  });
  const model = calls.flatMap((made, index) => {
    const on = (side: 'called' | 'responded') => ({
      ...([side, 'both'].includes(made.promptOn) ? { prompt_tokens: made.prompt } : {}),
      ...([side, 'both'].includes(made.completionOn) ? { completion_tokens: made.completion } : {}),
      ...([side, 'both'].includes(made.latencyOn) ? { latency_ms: made.latency } : {}),
    });
    const named = made.model === undefined ? {} : { model: made.model };
    const called = event('llm.called', 2 * index + 1, { ...named, ...on('called') });
    return made.isAnswered ? [called, event('llm.responded', 2 * index + 2, on('responded'))] : [called];
  });
  return [event('run.started', 0, {}), ...model];
}

/** An API in the state of a world, a mirror after a pass, and the details of some of the runs in it. */
export async function createWorld({ generation, runs, share }: World) {
  const clock = createFakeClock(now, { autoAdvance: true });
  const api = await startFakeCustomerApi({ generation, clock });
  for (const [index, { daysAgo, calls, failures, totalTokens, costUsd }] of runs.entries()) {
    const startedAt = now - daysAgo * day;
    const runId = `run-${index}`;
    const times = { startedAt, completedAt: startedAt + 10 };
    const events = eventsOf(calls, startedAt);
    const reported = { runId, agentId, agentVersion: 'v1', ...times, exitReason: 'run.completed' };
    api.backend.ingestRun({ ...reported, events, totalTokens, costUsd });
    api.backend.analyse(
      runId,
      failures.map((failureType) => ({ failureType, severity: 'HIGH', stepIndex: 1 })),
    );
  }
  const { env, file, folder } = createPlace(api.url, { DUNETRACE_RPM: '100000' });
  const config = readConfig({ env, platform: 'linux', homeDir: folder });
  const log = { info: () => {}, warn: () => {} };
  const syncer = openSyncer(config, { clock, random: () => 0.5, log });
  await syncer.fleet();
  const fetched = new Set<string>();
  for (const [index, { luck }] of runs.entries()) {
    if (luck > share) continue;
    fetched.add(`run-${index}`);
    await syncer.run(`run-${index}`);
  }
  await syncer.close();
  const reader: Reader = openReader(file, config);
  onTestFinished(() => reader.close());
  return { backend: api.backend, reader, file, fetched, close: api.stop };
}
