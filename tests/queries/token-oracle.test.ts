import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agentHealth } from '../../src/queries/health.ts';
import { type CostOf, tokenStats } from '../../src/queries/token-stats.ts';
import { agentId, createWorld, day, now, worlds } from '../support/token-worlds.ts';

/**
 * Health and token stats of random worlds against a plain recount of what the API has. Another seed:
 * DUNETRACE_TEST_SEED=7; more worlds: DUNETRACE_TEST_RUNS=1000.
 */
const seed = Number(process.env.DUNETRACE_TEST_SEED ?? 20_260_513);
const numRuns = Number(process.env.DUNETRACE_TEST_RUNS ?? 10);

type World = Awaited<ReturnType<typeof createWorld>>;

const num = (value: unknown) => (typeof value === 'number' ? value : undefined);
const given = (values: readonly (number | undefined)[]) =>
  values.flatMap((value) => (value === undefined ? [] : [value]));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]) => (values.length === 0 ? null : sum(values) / values.length);

/** The runs as the API has them, each with its model calls and failure types; calls are known of mirrored details. */
function recount({ backend, fetched }: World) {
  return backend.runs(agentId).map((row) => {
    const { run_id: runId, started_at: at, total_tokens: total = null, cost_usd: cost = null } = row;
    const calls: { called: Record<string, unknown>; responded: Record<string, unknown> }[] = [];
    for (const { event_type, payload } of fetched.has(runId) ? (backend.runDetail(runId)?.events ?? []) : []) {
      const last = calls.at(-1);
      if (event_type === 'llm.called') calls.push({ called: payload, responded: {} });
      if (event_type === 'llm.responded' && last) last.responded = payload;
    }
    const types = new Set(
      backend
        .signals(agentId)
        .filter((signal) => signal.run_id === runId)
        .map((signal) => signal.failure_type),
    );
    return {
      age: (now - (at ?? 0)) / day,
      isFetched: fetched.has(runId),
      total,
      cost,
      types: [...types],
      prompts: given(calls.map(({ called, responded }) => num(called.prompt_tokens) ?? num(responded.prompt_tokens))),
      latencies: given(calls.map(({ called, responded }) => num(responded.latency_ms) ?? num(called.latency_ms))),
      calls: calls.map(({ called, responded }) => ({
        model: typeof called.model === 'string' ? called.model : null,
        called: num(called.prompt_tokens),
        responded: num(responded.prompt_tokens),
        completion: num(responded.completion_tokens) ?? num(called.completion_tokens),
      })),
    };
  });
}

type Recounted = ReturnType<typeof recount>[number];

function quartile(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * 0.75;
  const below = sorted[Math.floor(at)] ?? 0;
  const above = sorted[Math.ceil(at)] ?? 0;
  return below + (above - below) * (at % 1);
}

/** Python's rounding, to one part of `unit`: a half goes to the even neighbour. */
function even(value: number, unit = 1): number {
  const [below, rest] = [Math.floor(value * unit), (value * unit) % 1];
  return (rest === 0.5 ? below + (below % 2) : Math.round(value * unit)) / unit;
}

function expectedLoad(runs: readonly Recounted[], of: 'prompts' | 'latencies') {
  const [max, neutral, free, span] = of === 'prompts' ? [20, 15, 500, 3500] : [15, 10, 1000, 7000];
  const recent = runs.filter(({ age }) => age <= 30);
  const none = { score: neutral, value: null, baseline: null };
  if (recent.filter(({ isFetched }) => isFetched).length < 0.8 * recent.length) return none;
  const value = mean(recent.flatMap((run) => run[of]));
  if (value === null) return none;
  const old = runs.filter(({ age }) => age > 30 && age <= 90).map((run) => mean(run[of]));
  const known = old.flatMap((one) => (one === null ? [] : [one]));
  const baseline = known.length < 20 ? null : quartile(known);
  const part = baseline ? (4 - value / baseline) / 2.5 : 1 - Math.max(0, value - free) / span;
  const score = even(max * Math.min(1, Math.max(0, part)));
  return { score, value: even(value), baseline: baseline ? even(baseline) : null };
}

function checkHealth(world: World, runs: readonly Recounted[]): void {
  const { score, components, sampleRuns, isBaselineReady, server } = agentHealth(world.reader, agentId, now);
  const recent = runs.filter(({ age }) => age <= 30);
  expect({ sampleRuns, isBaselineReady }).toEqual({ sampleRuns: recent.length, isBaselineReady: recent.length >= 30 });
  expect(server).toBeNull();
  if (recent.length < 3) {
    expect([score, components]).toEqual([null, []]);
    return;
  }
  const failed = recent.filter(({ types }) => types.length > 0).length / recent.length;
  const looped = recent.filter(({ types }) => types.some((type) => type.endsWith('LOOP'))).length / recent.length;
  expect(components).toMatchObject([
    { score: even((1 - failed) * 40), max: 40, value: even(failed * 100, 10) },
    { score: even((1 - looped) * 25), max: 25, value: even(looped * 100, 10) },
    expectedLoad(runs, 'prompts'),
    expectedLoad(runs, 'latencies'),
  ]);
  expect(score).toBe(sum(components.map((component) => component.score)));
}

const prices: Record<string, number> = { 'gpt-4o': 3, 'gpt-4o-mini': 1 };
const costOf: CostOf = (model, prompt, completion) => {
  const price = model === null ? undefined : prices[model];
  return price && price * (prompt + 2 * completion);
};

/** A run's prompt tokens, call by call: those of its answers, or where these come to 0, those of its calls. */
function promptsOf({ calls }: Recounted): number[] {
  const answers = calls.map(({ responded = 0 }) => responded);
  return sum(answers) === 0 ? calls.map(({ called = 0 }) => called) : answers;
}

function tokensOf(run: Recounted): { total: number; hasEvents: boolean } | undefined {
  const { calls, total, isFetched } = run;
  const counted = given(calls.flatMap(({ called, responded, completion }) => [called, responded, completion]));
  const spent = sum(promptsOf(run)) + sum(given(calls.map(({ completion }) => completion)));
  if (counted.length > 0) return { total: spent, hasEvents: true };
  if (total !== null) return { total, hasEvents: false };
  return isFetched && calls.length === 0 ? { total: 0, hasEvents: true } : undefined;
}

function costOfRun(run: Recounted): number | undefined {
  if (run.cost !== null) return run.cost;
  if (!tokensOf(run)?.hasEvents) return undefined;
  const prompts = promptsOf(run);
  const known = given(
    run.calls.map(({ model, called, responded, completion }, index) =>
      (called ?? responded ?? completion) === undefined
        ? undefined
        : costOf(model, prompts[index] ?? 0, completion ?? 0),
    ),
  );
  return known.length === 0 && run.calls.length > 0 ? undefined : sum(known);
}

function costSum(runs: readonly Recounted[]): number | null {
  const costs = given(runs.map(costOfRun));
  return runs.length > 0 && costs.length === 0 ? null : expect.closeTo(sum(costs), 6);
}

function checkTokens(world: World, runs: readonly Recounted[]): void {
  for (const window of tokenStats(world.reader, agentId, now, costOf)) {
    const recent = runs.filter(({ age }) => age <= window.days);
    // A run that surely called no model counts nowhere.
    const inside = recent.filter(({ calls, total, isFetched }) =>
      isFetched ? calls.length > 0 || (total ?? 0) > 0 : total !== 0,
    );
    const failed = inside.filter(({ types }) => types.length > 0);
    const known = (some: readonly Recounted[]) => some.flatMap((run) => tokensOf(run) ?? []);
    const total = (some: readonly Recounted[]) => sum(known(some).map((run) => run.total));
    const withEvents = inside.filter((run) => tokensOf(run)?.hasEvents);
    const isKnown = inside.length === 0 || known(inside).length > 0;
    const hasEvents = inside.length === 0 || withEvents.length > 0;
    const costs = given(inside.map(costOfRun));
    expect(window).toMatchObject({
      runs: inside.length,
      runsWithoutCalls: recent.length - inside.length,
      promptTokens: hasEvents ? sum(withEvents.flatMap(promptsOf)) : null,
      completionTokens: hasEvents
        ? sum(given(withEvents.flatMap((run) => run.calls.map(({ completion }) => completion))))
        : null,
      totalTokens: isKnown ? total(inside) : null,
      failedRuns: failed.length,
      failedTokens: isKnown ? total(failed) : null,
      costUsd: inside.length === 0 ? 0 : costs.length === 0 ? null : expect.closeTo(sum(costs), 6),
      failedCostUsd: costSum(failed),
    });
    const { events, list, nowhere } = window.tokensFrom;
    expect([events, list, nowhere]).toEqual([
      withEvents.length,
      known(inside).length - withEvents.length,
      inside.length - known(inside).length,
    ]);
    const types = [...new Set(failed.flatMap((run) => run.types))].map((failureType) => {
      const struck = failed.filter((run) => run.types.includes(failureType));
      return {
        failureType,
        runs: struck.length,
        tokens: known(struck).length > 0 ? total(struck) : null,
        costUsd: costSum(struck),
      };
    });
    const byName = (a: { failureType: string }, b: { failureType: string }) => (a.failureType < b.failureType ? -1 : 1);
    expect(window.types.toSorted(byName)).toEqual(types.sort(byName));
  }
}

test('health and token stats are what a plain recount of the API gives', async () => {
  let withBaseline = 0;
  await fc.assert(
    fc.asyncProperty(worlds, async (made) => {
      const world = await createWorld(made);
      const runs = recount(world);
      checkHealth(world, runs);
      checkTokens(world, runs);
      if (agentHealth(world.reader, agentId, now).components.some(({ baseline }) => baseline !== null))
        withBaseline += 1;
      await world.close();
    }),
    { seed, numRuns },
  );
  expect(withBaseline).toBeGreaterThan(0);
});
