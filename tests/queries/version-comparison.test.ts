import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differenceInterval } from '../../src/intervals.ts';
import { agentChanges } from '../../src/queries/agent-changes.ts';
import { medianOf } from '../../src/queries/median.ts';
import { compareVersions } from '../../src/queries/version-comparison.ts';
import { findVersion, newestVersions, versionsBefore } from '../../src/queries/versions.ts';
import type { WireRun } from '../../src/sample/wire.ts';
import { mirrorOf } from '../support/told-runs.ts';
import { createWorld, types, worlds } from '../support/worlds.ts';

const day = 86_400;

type World = Awaited<ReturnType<typeof createWorld>>;

const share = (affectedRuns: number, totalRuns: number) => ({
  affectedRuns,
  totalRuns,
  rate: totalRuns === 0 ? 0 : affectedRuns / totalRuns,
});

/** The rates of two sets of runs, any failure first, then by type in the order of names. */
function changes({ fails }: World, before: readonly WireRun[], after: readonly WireRun[]) {
  return [null, ...[...types].sort()].map((failureType) => {
    const [a, b] = [before, after].map((side) =>
      share(side.filter((run) => fails(run, failureType)).length, side.length),
    );
    if (!a || !b) throw new Error('two sides');
    const isEnough = a.totalRuns >= 5 && b.totalRuns >= 5;
    const hits = ({ affectedRuns, totalRuns }: typeof a) => ({ hits: affectedRuns, total: totalRuns });
    const interval = isEnough ? differenceInterval(hits(a), hits(b)) : undefined;
    const verdict = interval && (interval.low > 0 ? 'regression' : interval.high < 0 ? 'improvement' : undefined);
    return { failureType, before: a, after: b, ...(interval ? { interval } : {}), verdict };
  });
}

/** The versions by their first runs, the newest first, each with its runs. */
function versionsOf({ runs, timeOf }: World) {
  const timed = runs.filter((run) => timeOf(run) !== undefined);
  return [...Map.groupBy(timed, (run) => run.agent_version)]
    .map(([version, of]) => ({ version, of, firstRun: Math.min(...of.map((run) => timeOf(run) ?? 0)) }))
    .sort((a, b) => b.firstRun - a.firstRun || (a.version < b.version ? -1 : 1));
}

const byName = <Row extends { failureType: string | null }>(rows: readonly Row[]) =>
  rows.toSorted((a, b) => ((a.failureType ?? '') < (b.failureType ?? '') ? -1 : 1));

const middle = (values: readonly number[]) => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
};

const occurred = ({ before, after }: { before: { affectedRuns: number }; after: { affectedRuns: number } }) =>
  before.affectedRuns + after.affectedRuns > 0;

test('versions and their comparison are what a recount over the rows of the API finds', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(worlds, async ({ pasts, days }) => {
      const world = await createWorld(pasts);
      const { reader, agentId, end, timeOf, fails } = world;
      const versions = versionsOf(world);
      const told = ({ version, firstRun }: { version: string; firstRun: number }) => ({ version, firstRun });
      const since = end - days * day;
      for (const limit of [1, 2, 9]) {
        const found = newestVersions(reader, agentId, limit);
        expect({ ...found, items: found.items.map(told) }).toEqual({
          items: versions.slice(0, limit).map(told),
          total: versions.length,
        });
        const before = versionsBefore(reader, agentId, since, limit);
        const earlier = versions.filter(({ firstRun }) => firstRun < since);
        expect({ ...before, items: before.items.map(told) }).toEqual({
          items: earlier.slice(0, limit).map(told),
          total: earlier.length,
        });
      }
      const pairs = versions.flatMap((older) => versions.map((newer) => [older, newer] as const));
      for (const [older, newer] of pairs.filter(([one, other]) => one !== other)) {
        const [one, other] = [older, newer].map(({ version }) => findVersion(reader, agentId, version));
        if (!one || !other) throw new Error('both are known');
        const found = compareVersions(reader, agentId, [one, other]);
        const [all, ...byType] = changes(world, older.of, newer.of);
        expect(found.all).toEqual(all);
        expect(byName(found.types)).toEqual(byType.filter(occurred));
        const newestOf = (of: readonly WireRun[], type?: string | null) =>
          Math.max(...of.filter((run) => type === undefined || fails(run, type)).map((run) => timeOf(run) ?? 0));
        const timeOfRun = (runId: string | null | undefined) => {
          const run = world.runs.find(({ run_id }) => run_id === runId);
          return run ? timeOf(run) : Number.NEGATIVE_INFINITY;
        };
        for (const [index, { of, firstRun }] of [older, newer].entries()) {
          const facts = found.facts[index];
          expect(facts).toMatchObject({ runs: of.length, sampleRuns: of.length, firstRun, lastRun: newestOf(of) });
          expect(facts?.steps?.median).toBe(middle(of.map((run) => run.step_count)));
          const lasted = of.flatMap((run) =>
            run.completed_at === null || run.started_at === null ? [] : run.completed_at - run.started_at,
          );
          expect(facts?.seconds?.median ?? 0).toBeCloseTo(middle(lasted), 3);
          expect(facts?.runsWithEvents).toBe(of.filter((run) => world.detailed.has(run.run_id)).length);
          expect(timeOfRun(facts?.newestRun)).toBe(newestOf(of));
          expect(timeOfRun(facts?.newestFailed)).toBe(newestOf(of, null));
          const clean = of.filter((run) => !fails(run, null)).map((run) => timeOf(run) ?? 0);
          expect(timeOfRun(facts?.newestClean)).toBe(Math.max(...clean));
          for (const { failureType, runs } of found.examples)
            expect([failureType, timeOfRun(runs[index])]).toEqual([failureType, newestOf(of, failureType)]);
        }
        compared += 1;
      }
    }),
    { numRuns: 6, seed: 2026 },
  );
  expect(compared).toBeGreaterThan(20);
});

test('what changed of late is what a recount finds', async () => {
  await fc.assert(
    fc.asyncProperty(worlds, async ({ pasts }) => {
      const world = await createWorld(pasts);
      const { reader, agentId, end, runsIn, timeOf } = world;
      const since = end - 7 * day;
      const past = runsIn(end - 37 * day, since).filter((run) => timeOf(run) !== since);
      const [all, ...byType] = changes(world, past, runsIn(since, end));
      const found = agentChanges(reader, agentId, end);
      expect(found.recent.all).toEqual(all);
      expect(byName(found.recent.types)).toEqual(byType.filter(({ verdict }) => verdict !== undefined));
      const [newer, older] = versionsOf(world);
      const [any] = older && newer ? changes(world, older.of, newer.of) : [];
      expect(found.version?.all).toEqual(any);
      expect(found.version?.versions.map(({ version }) => version)).toEqual(
        older && newer ? [older.version, newer.version] : undefined,
      );
    }),
    { numRuns: 6, seed: 7 },
  );
});

test('a median has an interval from six values on, within which that of all values lies in 19 of 20 cases', () => {
  expect(medianOf([])).toBe(undefined);
  expect(medianOf([5, 1, 3])).toEqual({ count: 3, median: 3 });
  expect(medianOf([4, 1, 2, 3])).toEqual({ count: 4, median: 2.5 });
  // By the binomial distribution: the middle of all is between these ranks unless fewer than `low` values lie on a side.
  for (const n of [6, 7, 20, 51, 200]) {
    const { interval } = medianOf(Array.from({ length: n }, (_, at) => at + 1)) ?? {};
    const [low, high] = [interval?.low ?? 0, interval?.high ?? 0];
    expect(low + high).toBe(n + 1);
    let chance = 0;
    for (let below = 0, odds = 0.5 ** n; below < low; below += 1) {
      chance += odds;
      odds *= (n - below) / (below + 1);
    }
    expect(2 * chance, String(n)).toBeLessThanOrEqual(0.055);
    expect(2 * chance, String(n)).toBeGreaterThan(0.005);
  }
});

test('tokens are those of each run, of the newest thousand', () => {
  const now = 1_780_000_000;
  const runs = Array.from({ length: 1500 }, (_, n) => ({
    agentId: 'a',
    version: 'v1',
    startedAt: now - n * 60,
    tokens: n < 1000 ? n : 1_000_000,
    steps: 2,
  }));
  const later = { agentId: 'a', version: 'v2', startedAt: now, tokens: 7 };
  const mirror = mirrorOf([...runs, later], now);
  const [newer, older] = newestVersions(mirror, 'a', 2).items;
  if (!newer || !older) throw new Error('two versions');
  const { facts } = compareVersions(mirror, 'a', [older, newer]);
  expect(facts[0]).toMatchObject({ runs: 1500, sampleRuns: 1000, tokens: { count: 1000, median: 499.5 } });
  expect(facts[1]).toMatchObject({ version: 'v2', runs: 1, tokens: { count: 1, median: 7 } });
});
