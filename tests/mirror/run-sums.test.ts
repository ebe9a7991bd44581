import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openReader, type Reader } from '../../src/db/open.ts';
import type { RunEventRow } from '../../src/lists/run-detail.ts';
import { callSums } from '../../src/mirror/call-sums.ts';
import type { Store } from '../../src/mirror/store.ts';
import { agentHealth } from '../../src/queries/health.ts';
import { inputPatterns } from '../../src/queries/input-patterns.ts';
import { baselineLoads } from '../../src/queries/loads.ts';
import { type CostOf, tokenStats } from '../../src/queries/token-stats.ts';
import { bareSignal } from '../support/bare-signal.ts';
import { cases } from '../support/effort.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

const seed = Number(process.env.DUNETRACE_TEST_SEED ?? 20_260_513);
const numRuns = cases({ short: 8, long: 100 });
const now = 1_780_000_000;
const day = 86_400;
const runIds = ['r0', 'r1', 'r2', 'r3', 'r4'];

/** A recount in plain SQL. */
const recount = [
  `INSERT INTO "run_sums"
WITH "events" AS (
	SELECT "run", "model", "prompt_tokens", "completion_tokens",
		iif(json_type("payload", '$.reasoning_tokens') = 'integer', "payload" ->> 'reasoning_tokens', NULL) AS "reasoning",
		cast(round(max(min("latency_ms" * 1000, 9007199254740991), -9007199254740991)) AS integer) AS "latency",
		"event_type" = "called"."id" AS "is_call",
		sum("event_type" = "called"."id") OVER (PARTITION BY "run" ORDER BY "seq") AS "call"
	FROM "run_events", (SELECT coalesce((SELECT "id" FROM "names" WHERE "name" = 'llm.called'), 0) AS "id") AS "called"
	WHERE "event_type" IN (SELECT "id" FROM "names" WHERE "name" IN ('llm.called', 'llm.responded'))
), "calls" AS (
	SELECT "run",
		coalesce(max(iif("is_call", "model", NULL)), max("model"), 0) AS "model",
		coalesce(max(iif("is_call", "prompt_tokens", NULL)), total("prompt_tokens")) AS "prompt",
		iif(max(iif("is_call", "prompt_tokens", NULL)) IS NULL, count("prompt_tokens"), 1) AS "prompts",
		total(iif("is_call", "prompt_tokens", NULL)) AS "called",
		total(iif("is_call", NULL, "prompt_tokens")) AS "responded",
		count("prompt_tokens") AS "told",
		total(iif("is_call", NULL, "reasoning")) AS "reasoning",
		iif(count(iif("is_call", NULL, "completion_tokens")), total(iif("is_call", NULL, "completion_tokens")), max("completion_tokens")) AS "completion",
		iif(count(iif("is_call", NULL, "latency")), total(iif("is_call", NULL, "latency")), max("latency")) AS "latency",
		max(count(iif("is_call", NULL, "latency")), max(iif("is_call", "latency" IS NOT NULL, 0))) AS "latencies"
	FROM "events" GROUP BY "run", "call"
)
SELECT "run", "model", count(*), sum("prompts" > 0 OR "completion" IS NOT NULL), total("prompt"), sum("prompts"),
	total("called"), total("responded"), sum("told"), total("completion"), total("reasoning"), total("latency"), sum("latencies"), 0
FROM "calls" GROUP BY "run", "model"`,
  `INSERT OR IGNORE INTO "run_sums" SELECT DISTINCT "run", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM "run_events"
WHERE NOT EXISTS (SELECT 1 FROM "run_sums" WHERE "run_sums"."run" = "run_events"."run")`,
  `UPDATE "run_sums" SET "stopped" = 1 WHERE "run" IN (
	SELECT "run" FROM "run_events" WHERE "payload" ->> 'action_type' = 'stop' AND "event_type" = (SELECT "id" FROM "names" WHERE "name" = 'policy.triggered')
	UNION SELECT "run" FROM "run_events" WHERE "event_type" IN (SELECT "id" FROM "names" WHERE "name" IN ('approval.denied', 'approval.timeout')))`,
];

const maybe = <Value>(of: fc.Arbitrary<Value>) => fc.option(of, { nil: null });
const event: fc.Arbitrary<RunEventRow> = fc.record({
  eventType: fc.constantFrom(
    'llm.called',
    'llm.called',
    'llm.responded',
    'llm.responded',
    'tool.called',
    'run.started',
    'policy.triggered',
    'approval.denied',
  ),
  stepIndex: fc.constant(1),
  timestamp: fc.constant(now),
  model: maybe(fc.constantFrom('one', 'two', 'three')),
  promptTokens: maybe(fc.nat(5000)),
  completionTokens: maybe(fc.nat(900)),
  latencyMs: maybe(fc.integer({ min: -8, max: 80_000 }).map((eighths) => eighths / 8)),
  toolName: fc.constant(null),
  success: fc.constant(null),
  inputHash: maybe(fc.constantFrom('x', 'y')),
  payload: fc.constantFrom('{}', '{"reasoning_tokens":7}', '{"reasoning_tokens":"7"}', '{"action_type":"stop"}'),
  parentRunId: fc.constant(null),
  extra: fc.constant(null),
});

const runId = fc.constantFrom(...runIds);
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('detail' as const), runId, events: fc.array(event, { maxLength: 9 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('listed' as const),
      runId,
      age: fc.integer({ min: -1, max: 100 }),
      total: maybe(fc.nat(99)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expired' as const), runId }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('signal' as const), runId }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gone' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wiped' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const rest = { agentVersion: null, exitReason: null, signalCount: null, hasSignals: null, costUsd: null, extra: null };

function apply(store: Store, agent: number, made: Step, pass: number): void {
  const list = (row: { runId: string; startedAt: number | null; stepCount: number; totalTokens: number | null }) => {
    const known = store.runs.lookup([row.runId]).get(row.runId);
    store.runs.put({ ...rest, ...row, completedAt: row.startedAt }, known, { agent, pass });
  };
  if (made.kind === 'listed')
    list({ runId: made.runId, startedAt: now - made.age * day, stepCount: 1, totalTokens: made.total });
  if (made.kind === 'expired') list({ runId: made.runId, startedAt: null, stepCount: 0, totalTokens: null });
  if (made.kind === 'gone') store.runs.markUnseen(agent, pass, now, 0);
  if (made.kind === 'wiped') store.runs.removeUnseen(agent, pass);
  if (made.kind === 'signal') {
    const row = {
      id: pass,
      runId: made.runId,
      failureType: 'TOOL_LOOP',
      severity: 'HIGH',
      detectedAt: now,
      extra: null,
    };
    store.signals.put({ ...bareSignal, ...row }, undefined, {
      agent,
      pass,
    });
  }
  if (made.kind === 'detail') {
    const row = { ...rest, runId: made.runId, startedAt: now, completedAt: now, stepCount: 1, totalTokens: null };
    store.runEvents.put(store.runs.putDetail(row, agent, now), made.events);
  }
}

const costOf: CostOf = (model, prompt, completion) => (model === 'one' ? prompt + 2 * completion : undefined);
const answers = (reader: Reader, end: number) => [
  agentHealth(reader, 'a', end),
  baselineLoads(reader, 'a', { from: end - 90 * day - 1800, end }),
  tokenStats(reader, 'a', end, costOf),
  inputPatterns(reader, 'a'),
];

test('whatever becomes of runs, the sums are those of a recount, and no answer is kept too long', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 14, size: 'max' }), (steps) => {
      const temp = createTempMirror(createFakeClock(now));
      const { store, mirror } = temp;
      const agent = store.write(() => store.agents.ensure('a'));
      const reader = openReader(temp.file, testOwner);
      for (const [index, made] of steps.entries()) {
        store.write(() => apply(store, agent, made, index + 1));
        const stored = mirror.sqlite.prepare('select * from main.run_sums order by run, model').all();
        mirror.sqlite.exec('create temp table run_sums as select * from main.run_sums where false');
        for (const statement of recount) mirror.sqlite.exec(statement);
        expect(stored).toEqual(mirror.sqlite.prepare('select * from temp.run_sums order by run, model').all());
        mirror.sqlite.exec('drop table temp.run_sums');
        const fresh = openReader(temp.file, testOwner);
        for (const end of [now, now - day]) expect(answers(reader, end)).toEqual(answers(fresh, end));
        fresh.close();
      }
      reader.close();
      temp.dispose();
    }),
    { seed, numRuns },
  );
});

test('numbers of no sense stay in bounds', () => {
  const none = { model: null, promptTokens: null, completionTokens: null, reasoningTokens: null };
  const calls = [1e300, -1e300, 0.0004].map((latencyMs) => ({ eventType: 'llm.called', ...none, latencyMs }));
  expect(callSums(calls)).toEqual([
    {
      ...{ model: 0, calls: 3, counted: 0, prompt: 0, prompts: 0, called: 0, responded: 0, told: 0 },
      ...{ completion: 0, reasoning: 0, latency: 0, latencies: 3 },
    },
  ]);
});
