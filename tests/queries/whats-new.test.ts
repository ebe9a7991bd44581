import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceInterval } from '../../src/intervals.ts';
import { movedRate, movedRates } from '../../src/queries/moved-rates.ts';
import { quietAgents } from '../../src/queries/quiet-agents.ts';
import type { RunShare } from '../../src/queries/run-counts.ts';
import { chanceOfSilence, gapsOf } from '../../src/queries/silence.ts';
import { newAgents, newSignals, uncoveredAgents } from '../../src/queries/whats-new.ts';
import type { WireSignal } from '../../src/sample/wire.ts';
import type { SampleBackend } from '../support/customer-api/backend.ts';
import { setUpPasses } from '../support/passes.ts';

const hour = 3600;
const day = 24 * hour;

interface WorldRun {
  agent: string;
  /** Hours before the end. */
  ago: number;
  signals: { type: string; severity: 'CRITICAL' | 'HIGH' | 'LOW'; after: number }[];
}

const signal = fc.record({
  type: fc.constantFrom('TOOL_LOOP', 'COST_SPIKE', 'RETRY_STORM'),
  severity: fc.constantFrom('CRITICAL' as const, 'HIGH' as const, 'LOW' as const),
  after: fc.integer({ min: 11, max: 5000 }),
});

/** Runs of agents that fail more, or less, in the last hours; some in bursts, some long ago. */
const world = fc.record({
  runs: fc.array(
    fc.record({
      agent: fc.constantFrom('a', 'a', 'b', 'b', 'c', 'd'),
      ago: fc.oneof(
        fc.double({ min: 2, max: 30, noNaN: true }),
        fc.double({ min: 2, max: 240, noNaN: true }),
        fc.double({ min: 2, max: 1000, noNaN: true }),
      ),
      signals: fc.oneof(
        { arbitrary: fc.array(signal, { maxLength: 0 }), weight: 4 },
        { arbitrary: fc.array(signal, { maxLength: 3 }), weight: 1 },
      ),
    }),
    { minLength: 20, maxLength: 80, size: 'max' },
  ),
  /** Every run of this agent fails since then. */
  failing: fc.constantFrom('a', 'b', 'none'),
  since: fc.constantFrom(1, 12, 24, 24, 24 * 7, 24 * 90),
  /** An agent that ran every two hours or so was silent for that many. */
  silence: fc.constantFrom(3, 5, 40, 200),
  dropped: fc.array(fc.nat(), { maxLength: 5 }),
});

const steady = (silence: number): WorldRun[] =>
  Array.from({ length: 20 }, (_, n) => ({ agent: 'e', ago: silence + 2 * n + (n % 3) / 2, signals: [] }));

function fill(backend: SampleBackend, runs: readonly WorldRun[], end: number): void {
  const ordered = runs.toSorted((x, y) => y.ago - x.ago);
  for (const [n, { agent, ago, signals }] of ordered.entries()) {
    const startedAt = end - ago * hour;
    const run = { runId: `run-${n}`, agentId: agent, agentVersion: 'v1', exitReason: 'run.completed' };
    backend.ingestRun({ ...run, startedAt, completedAt: startedAt + 10 });
    backend.analyse(
      run.runId,
      signals.map(({ type, severity, after }) => ({
        failureType: type,
        severity,
        stepIndex: 1,
        detectedAt: startedAt + after,
      })),
    );
  }
}

const agentsOf = (backend: SampleBackend) => backend.agents().map(({ agent_id }) => agent_id);

/** By the product of the odds of each draw, not by logarithms; two-sided as Fisher's test is. */
function exactChance(before: RunShare, after: RunShare): number {
  const choose = (n: number, k: number) =>
    Array.from({ length: k }, (_, i) => (n - i) / (i + 1)).reduce((all, one) => all * one, 1);
  const hits = before.hits + after.hits;
  const of = (one: number) => choose(before.total, one) * choose(after.total, hits - one);
  const tables = Array.from({ length: hits + 1 }, (_, one) => of(one));
  const rare = tables.filter((table) => table <= of(before.hits) * (1 + 1e-7));
  return rare.reduce((sum, table) => sum + table, 0) / choose(before.total + after.total, hits);
}

/** Of many findings those of which one in a hundred is chance: the k likeliest, with the largest k that holds. */
function believed<Finding extends { chance: number }>(findings: readonly Finding[]): Omit<Finding, 'chance'>[] {
  const ascending = findings.toSorted((x, y) => x.chance - y.chance);
  const counts = ascending.map((_, index) => index + 1);
  const most = counts.filter((k) => (ascending[k - 1]?.chance ?? 1) * findings.length <= 0.01 * k).at(-1) ?? 0;
  return ascending.slice(0, most).map(({ chance: _, ...finding }) => finding);
}

/** What is new, counted plainly. `ever` are all signals that the mirror has seen. */
function recount(backend: SampleBackend, ever: readonly WireSignal[], since: number, until: number) {
  const within = (time: number) => time >= since && time <= until;
  const startsOf = (agent: string) => backend.runs(agent).flatMap((run) => run.started_at ?? []);
  const groups = agentsOf(backend).flatMap((agentId) => {
    const fresh = backend.signals(agentId).filter((row) => within(row.detected_at));
    return [...new Set(fresh.map((row) => row.failure_type))].map((failureType) => {
      const rows = fresh.filter((row) => row.failure_type === failureType);
      const known = ever.filter((row) => row.agent_id === agentId && row.failure_type === failureType);
      return {
        agentId,
        failureType,
        count: rows.length,
        severities: Object.fromEntries(
          rows.map(({ severity }) => [severity, rows.filter((row) => row.severity === severity).length]),
        ),
        newestId: Math.max(...rows.map(({ id }) => id)),
        firstAt: Math.min(...rows.map((row) => row.detected_at)),
        lastAt: Math.max(...rows.map((row) => row.detected_at)),
        isFirst: known.every((row) => row.detected_at >= since),
        coveredFrom: 0,
      };
    });
  });
  const shares = agentsOf(backend).flatMap((agentId) => {
    const failed = new Set(backend.signals(agentId).map((row) => row.run_id));
    const share = (from: number, to: number) => {
      const runs = backend.runs(agentId).filter((run) => {
        const at = run.started_at ?? run.completed_at ?? 0;
        return at >= from && at <= to;
      });
      return { hits: runs.filter((run) => failed.has(run.run_id)).length, total: runs.length };
    };
    const before = share(since - 7 * day, since - 1e-6);
    const after = share(since, until);
    if (before.total < 5 || after.total < 5) return [];
    return [{ agentId, before, after, change: differenceInterval(before, after), chance: exactChance(before, after) }];
  });
  const rates = believed(shares).filter(({ change }) => change.low > 0 || change.high < 0);
  const silences = backend.agents().flatMap(({ agent_id: agentId, last_seen }) => {
    const starts = startsOf(agentId)
      .filter((at) => at >= until - 30 * day && at <= until)
      .toSorted((x, y) => x - y);
    const all = gapsOf(starts.toReversed().slice(0, 100));
    if (!all) return [];
    const lastSeen = Math.max(last_seen, ...starts);
    const longestEver = Math.max(...starts.slice(1).map((at, index) => at - (starts[index] ?? 0)));
    const silence = until - lastSeen;
    const chance = silence > all.longest ? chanceOfSilence(all, silence) : 1;
    return [{ agentId, lastSeen, usualGap: all.median, isLongest: silence > longestEver, chance }];
  });
  const quiet = believed(silences).filter(({ isLongest }) => isLongest);
  const agents = backend
    .agents()
    .filter(({ agent_id }) => startsOf(agent_id).every((at) => at >= since))
    .filter(({ agent_id }) => ever.every((row) => row.agent_id !== agent_id || row.detected_at >= since))
    .filter(({ last_seen }) => last_seen >= since)
    .map(({ agent_id, run_count }) => ({ agentId: agent_id, runs: run_count, coveredFrom: 0 }));
  return { groups, rates, quiet, agents };
}

const byName = <Row extends { agentId: string; failureType?: string }>(rows: readonly Row[]) =>
  rows.toSorted((x, y) => (`${x.agentId} ${x.failureType}` < `${y.agentId} ${y.failureType}` ? -1 : 1));

test('in random worlds each number is what a plain recount gives', async () => {
  const seen = { groups: 0, firsts: 0, rates: 0, quiet: 0, agents: 0 };
  await fc.assert(
    fc.asyncProperty(world, async ({ runs: drawn, failing, since: hours, dropped, silence }) => {
      const { clock, backend, pass, temp } = await setUpPasses();
      const end = clock.now();
      const runs = [...drawn, ...steady(silence)];
      const worse = runs.map((run) =>
        run.agent === failing && run.ago < hours && run.signals.length === 0
          ? { ...run, signals: [{ type: 'TOOL_LOOP', severity: 'HIGH' as const, after: 20 }] }
          : run,
      );
      fill(backend, worse, end);
      await pass();
      const ever = agentsOf(backend).flatMap((agentId) => backend.signals(agentId));
      for (const at of dropped) {
        const left = agentsOf(backend).flatMap((agentId) => backend.signals(agentId));
        const victim = left[at % Math.max(1, left.length)];
        if (victim) backend.deleteSignal(victim.id);
      }
      await pass({ full: true });
      const until = clock.now();
      const since = until - hours * hour;
      const reader = temp.mirror;
      const { groups, rates, quiet, agents } = recount(backend, ever, since, until);
      const found = newSignals(reader, { from: since, end: until }).map((group) => ({
        ...group,
        severities: Object.fromEntries(group.severities),
      }));
      expect(byName(found)).toEqual(byName(groups));
      expect(byName(movedRates(reader, { from: since, end: until }))).toEqual(byName(rates));
      const silent = quietAgents(reader, until);
      expect(byName(silent).map(({ agentId, lastSeen, usualGap }) => ({ agentId, lastSeen, usualGap }))).toEqual(
        byName(quiet).map(({ isLongest: _, usualGap, ...agent }) => ({
          ...agent,
          usualGap: expect.closeTo(usualGap, 3),
        })),
      );
      for (const { lastSeen, quietSince, longestGap } of silent) {
        expect(quietSince).toBeGreaterThanOrEqual(lastSeen + longestGap);
        expect(quietSince).toBeLessThanOrEqual(until);
      }
      expect(byName(newAgents(reader, since)).map(({ firstRun: _, ...agent }) => agent)).toEqual(byName(agents));
      expect(uncoveredAgents(reader, since)).toBe(0);
      seen.groups += groups.length;
      seen.firsts += groups.filter(({ isFirst }) => isFirst).length;
      seen.rates += rates.length;
      seen.quiet += quiet.length;
      seen.agents += agents.length;
      temp.dispose();
    }),
    { numRuns: 20, seed: 1998 },
  );
  // The worlds are such that there is something to count.
  expect(Object.entries(seen).filter(([, count]) => count < 3)).toEqual([]);
});

test('the usual gap is that of the last hundred runs', async () => {
  const { add, pass, temp, clock } = await setUpPasses();
  const end = clock.now();
  // For 33 hours it ran every ten minutes, and since then every hour.
  const ages = [...Array.from({ length: 100 }, (_, n) => n + 2), ...Array.from({ length: 200 }, (_, n) => 102 + n / 6)];
  for (const age of ages.toReversed())
    add(1, 'a', [], { startedAt: end - age * hour, completedAt: end - age * hour + 5 });
  await pass();
  expect(quietAgents(temp.mirror, end)).toEqual([]);
  expect(quietAgents(temp.mirror, end + 2 * hour)).toMatchObject([{ usualGap: expect.closeTo(hour, 3) }]);
});

describe('a rate moved', () => {
  test('beyond chance, on at least five runs a side', () => {
    const none = { hits: 0, total: 20 };
    expect(movedRate('a', none, { hits: 5, total: 5 })).toMatchObject({
      agentId: 'a',
      change: { low: expect.any(Number) },
    });
    expect(movedRate('a', none, { hits: 4, total: 4 })).toBe(undefined);
    expect(movedRate('a', { hits: 0, total: 4 }, { hits: 50, total: 50 })).toBe(undefined);
    expect(movedRate('a', none, { hits: 1, total: 20 })).toBe(undefined);
    expect(movedRate('a', { hits: 20, total: 20 }, none)?.change.high).toBeLessThan(0);
  });
});

describe('what is not mirrored that far back', () => {
  async function fleet() {
    const setUp = await setUpPasses();
    const { clock, add, pass, temp } = setUp;
    const now = clock.now();
    const loop = { failureType: 'TOOL_LOOP', severity: 'HIGH' as const, stepIndex: 1 };
    for (let n = 60; n > 0; n -= 1) {
      const startedAt = now - n * hour;
      add(1, 'a', n < 10 ? [{ ...loop, detectedAt: startedAt + 15 }] : [], { startedAt, completedAt: startedAt + 10 });
    }
    add(1, 'b', [], { startedAt: now - hour, completedAt: now - hour + 5 });
    await pass();
    return { ...setUp, reader: temp.mirror, since: now - 12 * hour, until: clock.now() };
  }

  test('is told of types and agents, and rates are not judged', async () => {
    const { reader, since, until } = await fleet();
    expect(newSignals(reader, { from: since, end: until })).toMatchObject([
      { agentId: 'a', isFirst: true, coveredFrom: 0 },
    ]);
    expect(movedRates(reader, { from: since, end: until })).toMatchObject([
      { agentId: 'a', before: { hits: 0, total: 48 } },
    ]);
    expect(newAgents(reader, since)).toMatchObject([{ agentId: 'b', coveredFrom: 0 }]);

    const from = since - hour;
    reader.sqlite.prepare('update sync_state set covered_from = ?').run(from);
    expect(newSignals(reader, { from: since, end: until })).toMatchObject([{ isFirst: true, coveredFrom: from }]);
    expect(movedRates(reader, { from: since, end: until })).toEqual([]);
    expect(newAgents(reader, since)).toMatchObject([{ agentId: 'b', coveredFrom: from }]);
    expect([uncoveredAgents(reader, since), uncoveredAgents(reader, from - 1)]).toEqual([0, 2]);

    reader.sqlite.exec("update sync_state set covered_from = null where list = 'runs'");
    expect(newAgents(reader, since)).toEqual([]);
    expect(uncoveredAgents(reader, since)).toBe(2);
  });

  test('an agent whose runs go on is not quiet, however late they are listed', async () => {
    const { reader, backend, pass, clock } = await fleet();
    clock.advance(5 * hour);
    await pass();
    expect(quietAgents(reader, clock.now())).toMatchObject([{ agentId: 'a', usualGap: expect.closeTo(hour, 3) }]);
    const startedAt = clock.now() - 60;
    const run = { runId: 'under way', agentId: 'a', agentVersion: 'v1', exitReason: 'stalled' };
    backend.ingestRun({ ...run, startedAt, completedAt: startedAt });
    await pass();
    expect(quietAgents(reader, clock.now())).toEqual([]);
  });
});
