import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceInterval } from '../../src/intervals.ts';
import { findAgent } from '../../src/queries/agents.ts';
import { failureDetail } from '../../src/queries/failure-detail.ts';
import { agentPatterns } from '../../src/queries/patterns.ts';
import { countSignals, findSignals } from '../../src/queries/signals.ts';
import { typesEver } from '../../src/queries/type-counts.ts';
import { createWorld, type Past, types, worlds } from '../support/worlds.ts';

const day = 86_400;
const utcDay = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
const options = { numRuns: 8 };

type World = Awaited<ReturnType<typeof createWorld>>;

/** How many there are of each. */
function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

const share = (affectedRuns: number, totalRuns: number) => ({
  affectedRuns,
  totalRuns,
  rate: totalRuns === 0 ? 0 : affectedRuns / totalRuns,
});

function systemic({ runsIn, fails, ofRun, end }: World, days: number) {
  const runs = runsIn(end - days * day, end);
  return types.flatMap((failureType) => {
    const affected = runs.filter((run) => fails(run, failureType)).length;
    const timesIn = (rows: World['signals']) =>
      rows.filter((signal) => signal.failure_type === failureType).map((signal) => signal.detected_at);
    const times = timesIn(runs.flatMap((run) => ofRun(run.run_id)));
    const rates = share(affected, runs.length);
    const seen = { firstSeen: Math.min(...times), lastSeen: Math.max(...times) };
    return affected === 0 ? [] : [{ failureType, ...rates, ...seen, isSystemic: rates.rate >= 0.1 }];
  });
}

/** Each day by itself. */
function daily({ runsIn, fails, signals, end }: World, days: number) {
  const names = Array.from({ length: days }, (_, ago) => utcDay(end - ago * day)).reverse();
  const runs = runsIn(end - days * day, end);
  const rates = [utcDay(end - days * day), ...names].flatMap((name) => {
    const ofDay = runs.filter((run) => utcDay(run.started_at ?? run.completed_at ?? 0) === name);
    return types.flatMap((failureType) => {
      const affected = ofDay.filter((run) => fails(run, failureType)).length;
      return affected === 0 ? [] : [{ failureType, day: name, ...share(affected, ofDay.length) }];
    });
  });
  const trends = types.flatMap((failureType) => {
    const counts = names.map(
      (name) => signals.filter((row) => row.failure_type === failureType && utcDay(row.detected_at) === name).length,
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    return total === 0 ? [] : [{ failureType, counts, total }];
  });
  return { names, rates, trends };
}

function inputs({ runs: all, fails, inputOf, detailed, timeOf }: World) {
  const runs = all.filter((run) => timeOf(run) !== undefined);
  const known = runs.filter((run) => detailed.has(run.run_id));
  const patterns = ['one', 'two', 'three'].flatMap((inputHash) => {
    const sharing = known.filter((run) => inputOf(run.run_id) === inputHash);
    return types.flatMap((failureType) => {
      const affected = sharing.filter((run) => fails(run, failureType)).length;
      const isPattern = sharing.length >= 2 && affected > 0;
      return isPattern ? [{ inputHash, failureType, ...share(affected, sharing.length) }] : [];
    });
  });
  const times = known.map((run) => timeOf(run) ?? 0);
  return {
    patterns,
    runsWithEvents: known.length,
    runs: runs.length,
    since: times.length === 0 ? null : Math.min(...times),
  };
}

function versions({ runs, runsIn, fails, timeOf, end }: World, days: number) {
  const length = days * day;
  const names = [...new Set(runs.map((run) => run.agent_version))];
  const firsts = names.flatMap((version) => {
    const times = runs.flatMap((run) => (run.agent_version === version ? (timeOf(run) ?? []) : []));
    const firstRun = Math.min(...times);
    return firstRun >= end - length && firstRun <= end ? [{ version, firstRun }] : [];
  });
  return firsts.map(({ version, firstRun }) => {
    const before = runsIn(firstRun - length, firstRun).filter((run) => timeOf(run) !== firstRun);
    const after = runsIn(firstRun, end).filter((run) => run.agent_version === version);
    const change = (type: string | null) => {
      const [a, b] = [before, after].map((side) => share(side.filter((run) => fails(run, type)).length, side.length));
      if (!a || !b) throw new Error('two sides');
      const enough = a.totalRuns >= 5 && b.totalRuns >= 5;
      const interval = enough
        ? differenceInterval({ hits: a.affectedRuns, total: a.totalRuns }, { hits: b.affectedRuns, total: b.totalRuns })
        : undefined;
      const verdict = interval && (interval.low > 0 ? 'regression' : interval.high < 0 ? 'improvement' : undefined);
      return { failureType: type, before: a, after: b, ...(interval ? { interval } : {}), verdict };
    };
    const changes = types
      .map(change)
      .filter(({ before: one, after: other }) => one.affectedRuns + other.affectedRuns > 0);
    const all = change(null);
    return { version, firstRun, all, types: all.interval ? changes : [] };
  });
}

/** In whatever order they come. */
const sorted = <Row>(rows: readonly Row[]) => rows.map((row) => JSON.stringify(row, ordered)).sort();
const ordered = (_: string, value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

test("patterns are what a recount over the API's own rows finds", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ pasts, days }) => {
      const world = await createWorld(pasts);
      const found = agentPatterns(world.reader, world.agentId, { days, end: world.end });
      const expected = daily(world, days);
      expect(sorted(found.types)).toEqual(sorted(systemic(world, days)));
      expect(found.dayNames).toEqual(expected.names);
      expect(sorted(found.trends)).toEqual(sorted(expected.trends));
      expect(sorted(found.rates)).toEqual(sorted(expected.rates));
      const { patterns, ...counts } = found.inputs;
      const { patterns: wanted, since, ...wantedCounts } = inputs(world);
      expect(found.inputsSince).toBe(since);
      for (const [failureType, at] of found.firstEver) {
        const ever = world.signals.filter((signal) => signal.failure_type === failureType);
        expect(at).toBe(Math.min(...ever.map((signal) => signal.detected_at)));
      }
      expect(sorted(patterns)).toEqual(sorted(wanted));
      expect(counts).toEqual(wantedCounts);
      const byOrder = found.versions.map((one) => ({ ...one, types: sorted(one.types) }));
      expect(sorted(byOrder)).toEqual(
        sorted(versions(world, days).map((one) => ({ ...one, types: sorted(one.types) }))),
      );
    }),
    options,
  );
});

/** By rank among the signals, not by SQL's grouping. */
function quartile(steps: readonly number[], share: number): number | undefined {
  return steps.toSorted((a, b) => a - b)[Math.ceil(share * steps.length) - 1];
}

test("a failure type in depth is what a recount over the API's own rows finds", async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ pasts }) => {
      const world = await createWorld(pasts);
      const { runsIn, fails, ofRun, timeOf, end } = world;
      const runs = runsIn(end - 30 * day, end);
      for (const failureType of types) {
        const found = failureDetail(world.reader, world.agentId, failureType, end);
        const affected = runs.filter((run) => fails(run, failureType));
        const signals = affected.flatMap((run) =>
          ofRun(run.run_id).filter((signal) => signal.failure_type === failureType),
        );
        const steps = signals.map((signal) => signal.step_index);
        const times = signals.map((signal) => signal.detected_at);
        const others = affected.flatMap((run) => [
          ...new Set(ofRun(run.run_id).flatMap((signal) => signal.failure_type)),
        ]);
        const together = tally(others.filter((type) => type !== failureType));
        expect(found).toMatchObject({
          ...share(affected.length, runs.length),
          signals: signals.length,
          firstSeen: times.length === 0 ? null : Math.min(...times),
          lastSeen: times.length === 0 ? null : Math.max(...times),
          steps:
            steps.length === 0
              ? null
              : { p25: quartile(steps, 0.25), p50: quartile(steps, 0.5), p75: quartile(steps, 0.75) },
        });
        expect(new Map(found.severities.map(({ severity, count }) => [severity, count]))).toEqual(
          tally(signals.map((signal) => signal.severity)),
        );
        expect(new Map(found.together.map((other) => [other.failureType, other.runs]))).toEqual(together);
        const ever = world.signals.filter((row) => row.failure_type === failureType);
        const seen = ever.map((row) => row.detected_at);
        expect(found.ever).toEqual(
          ever.length === 0
            ? null
            : {
                ...share(new Set(ever.map((row) => row.run_id)).size, world.runs.length),
                firstSeen: Math.min(...seen),
                lastSeen: Math.max(...seen),
              },
        );
        for (const { day: name, affectedRuns, totalRuns } of found.trend) {
          const ofDay = runsIn(0, end).filter((run) => utcDay(timeOf(run) ?? 0) === name);
          expect([affectedRuns, totalRuns]).toEqual([
            ofDay.filter((run) => fails(run, failureType)).length,
            ofDay.length,
          ]);
        }
        expect(found.trend.map(({ count }) => count)).toEqual(
          found.trend.map(
            ({ day: name }) =>
              world.signals.filter((row) => row.failure_type === failureType && utcDay(row.detected_at) === name)
                .length,
          ),
        );
        const newest = affected.map((run) => timeOf(run) ?? 0).toSorted((a, b) => b - a);
        expect(found.newestRuns.map(({ at }) => at)).toEqual(newest.slice(0, 5));
        for (const { runId, signalIds } of found.newestRuns)
          expect(signalIds.toSorted()).toEqual(
            signals.flatMap((signal) => (signal.run_id === runId ? [signal.id] : [])).toSorted(),
          );
        expect(found.evidence.signals).toBe(signals.length);
        for (const key of ['tool', 'count', 'identical']) {
          const values = signals.flatMap(({ evidence: { [key]: value } }) =>
            value === undefined || value === null || Array.isArray(value) ? [] : [JSON.stringify(value)],
          );
          const told = found.evidence.keys.find((one) => one.key === key);
          expect(told?.signals ?? 0).toBe(values.length);
          expect(told?.distinct ?? 0).toBe(new Set(values).size);
          for (const { value, count } of told?.values ?? [])
            expect(count).toBe(values.filter((one) => one === JSON.stringify(value)).length);
          const numbers = values.flatMap((value) => (/^\d/.test(value) ? [Number(value)] : [])).sort((a, b) => a - b);
          const middle = [numbers[Math.floor((numbers.length - 1) / 2)] ?? 0, numbers[numbers.length >> 1] ?? 0];
          expect(told?.numbers).toEqual(
            numbers.length === 0
              ? undefined
              : { min: numbers[0], median: ((middle[0] ?? 0) + (middle[1] ?? 0)) / 2, max: numbers.at(-1) },
          );
        }
      }
    }),
    options,
  );
});

test('every tool counts the same signals', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ pasts, days }) => {
      const { reader, agentId, end } = await createWorld(pasts);
      const { trends, dayNames } = agentPatterns(reader, agentId, { days, end });
      const found = new Map(trends.map(({ failureType, counts }) => [failureType, counts]));
      for (const failureType of types) {
        for (const [index, name] of dayNames.entries()) {
          const since = Date.parse(name) / 1000;
          const searched = countSignals(reader, { agentId, failureType, since, until: since + day - 0.001 });
          expect([failureType, name, found.get(failureType)?.[index] ?? 0]).toEqual([failureType, name, searched]);
        }
      }
      const listed = findAgent(reader, agentId);
      const counted = typesEver(reader, agentId).map((type) => [type.failureType, type.signals]);
      expect(sorted(listed?.failureTypes ?? [])).toEqual(sorted(counted));
      expect(listed?.signalCount).toBe(findSignals(reader, { agentId }, { limit: 1 }).total);
      for (const [failureType, count] of listed?.failureTypes ?? [])
        expect(countSignals(reader, { agentId, failureType })).toBe(count);
    }),
    options,
  );
});

test('a version that makes things worse, and one that mends them, are told from chance', async () => {
  const one = (age: number, version: string, fails: boolean): Past => ({
    age,
    version,
    failures: fails ? [{ failureType: 'TOOL_LOOP', severity: 'HIGH', stepIndex: 1, evidence: {}, after: 5 }] : [],
    input: undefined,
    isStalled: false,
    fate: 'kept',
    hasDetail: false,
  });
  const many = (count: number, from: number, version: string, failing: number) =>
    Array.from({ length: count }, (_, n) => one(from - n, version, n < failing));
  const { reader, agentId, end } = await createWorld([
    ...many(20, 5 * day, 'v1', 2),
    ...many(20, 4 * day, 'v2', 15),
    ...many(40, 2 * day, 'v3', 1),
    ...many(4, day, 'v4', 4),
  ]);
  const { versions: found, newVersions } = agentPatterns(reader, agentId, { days: 7, end });
  expect(found.map(({ version, all, types: [first] }) => [version, all.verdict, first?.verdict])).toEqual([
    ['v4', undefined, undefined],
    ['v3', 'improvement', 'improvement'],
    ['v2', 'regression', 'regression'],
    ['v1', undefined, undefined],
  ]);
  expect(newVersions).toBe(4);
  expect(found[2]?.types[0]).toMatchObject({
    failureType: 'TOOL_LOOP',
    before: { affectedRuns: 2, totalRuns: 20 },
    after: { affectedRuns: 15, totalRuns: 20 },
  });
});
