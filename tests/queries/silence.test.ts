import { describe, expect, test } from 'vitest';
import { believedUpTo, chanceOfShares } from '../../src/chance.ts';
import { movedRates } from '../../src/queries/moved-rates.ts';
import { quietAgents } from '../../src/queries/quiet-agents.ts';
import { chanceOfSilence, gapsOf, unusualSilence } from '../../src/queries/silence.ts';
import { type Random, seededRandom } from '../../src/sample/random.ts';
import { mirrorOf, type ToldRun } from '../support/told-runs.ts';

const hour = 3600;
const day = 24 * hour;
const now = 1_780_000_000;

/** Moments that are so many gaps apart, newest first, and before them the silence until `now`. */
function moments(gaps: readonly number[], silence: number): number[] {
  const all = [now - silence];
  for (const gap of gaps) all.push((all.at(-1) ?? 0) - gap);
  return all;
}

const found = (gaps: readonly number[]) => {
  const all = gapsOf(moments(gaps, 0));
  if (!all) throw new Error('no gaps');
  return all;
};

describe('gaps', () => {
  test('have a middle one, or the mean of the middle two, and a longest', () => {
    expect(found([3, 10, 1, 3, 9])).toMatchObject({ count: 5, sum: 26, median: 3, longest: 10 });
    expect(found([4, 3, 10, 1, 3, 9])).toMatchObject({ median: 3.5 });
  });

  test.each([
    ['four runs', [1, 1, 1]],
    ['runs that all start at once', [0, 0, 0, 0, 0]],
    ['two bursts', [1, 1, 1, 1, 5000, 1, 1, 1, 1]],
  ])('%s have no rhythm', (_, gaps) => expect(gapsOf(moments(gaps, 0))).toBe(undefined));

  test('are regular, random or in bursts', () => {
    const clock = Array.from({ length: 60 }, (_, n) => hour + (n % 2));
    expect(found(clock).shape).toBeGreaterThan(4);
    expect(found(clock.slice(0, 8)).shape).toBe(1);
    expect(found(clock.map((gap, n) => (n % 10 === 0 ? 30 * gap : gap))).shape).toBeLessThan(0.5);
  });
});

describe('the chance of a silence', () => {
  test('after random gaps is that of one part of a time cut at random', () => {
    const gaps = found([50, 10, 120, 20, 200]);
    expect(gaps.shape).toBeLessThanOrEqual(1);
    expect(chanceOfSilence({ ...gaps, shape: 1 }, 400)).toBeCloseTo((400 / 800) ** 5, 12);
    expect(chanceOfSilence({ ...gaps, shape: 0.4 }, 400)).toBeCloseTo((400 / 800) ** 2, 12);
    expect(chanceOfSilence(gaps, 10)).toBe(1);
  });

  test('is never too low: of gaps of many kinds, a share of p at most has a chance below p', () => {
    const random = seededRandom(31);
    const exponential = () => -Math.log(1 - random.next());
    for (const parts of [1, 2, 4, 9]) {
      for (const count of [5, 12, 40]) {
        const gap = () => Array.from({ length: parts }, exponential).reduce((sum, one) => sum + one, 0);
        const chances = Array.from({ length: 4000 }, () => {
          const gaps = gapsOf(moments(Array.from({ length: count }, gap), 0));
          return gaps ? chanceOfSilence(gaps, gap()) : 1;
        });
        for (const p of [0.1, 0.01]) {
          const below = chances.filter((chance) => chance < p).length / chances.length;
          expect(below, `${parts} ${count}`).toBeLessThan(p + 3 * Math.sqrt(p / chances.length));
        }
      }
    }
  });

  test('is met from some moment on', () => {
    const gaps = found([50, 10, 120, 20, 200]);
    const silence = unusualSilence({ ...gaps, shape: 1 }, 0.001);
    expect(400 / (400 + silence)).toBeCloseTo(0.001 ** (1 / 5), 6);
    expect(unusualSilence(gaps, 0.9)).toBeCloseTo(200, 3);
  });
});

test('of many findings those are believed that stand out among so many', () => {
  expect(believedUpTo([], 0.05)).toBe(0);
  expect(believedUpTo([0.04], 0.05)).toBe(0.05);
  expect(believedUpTo([0.04, 1], 0.05)).toBe(0);
  // The example of the paper: four of fifteen.
  const paper = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1,
  ];
  expect(paper.filter((chance) => chance <= believedUpTo(paper, 0.05))).toEqual(paper.slice(0, 4));
});

test('the chance of two shares is the sum over all tables that are no likelier', () => {
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);
  for (const [hits, total, other, others] of [
    [3, 4, 1, 4],
    [0, 20, 5, 5],
    [7, 7, 7, 7],
    [10, 12, 3, 30],
    [0, 9, 0, 9],
  ] as const) {
    const of = (one: number) =>
      (choose(total, one) * choose(others, hits + other - one)) / choose(total + others, hits + other);
    const tables = Array.from({ length: hits + other + 1 }, (_, one) => of(one));
    const expected = tables
      .filter((chance) => chance <= of(hits) * (1 + 1e-9))
      .reduce((sum, chance) => sum + chance, 0);
    expect(chanceOfShares({ hits, total }, { hits: other, total: others })).toBeCloseTo(expected, 9);
  }
});

/** Agents that run at random times of the last 30 days, each as often and failing as often as it ever did. */
function uniformWorld(random: Random, agents: number): ToldRun[] {
  return Array.from({ length: agents }, (_, n) => {
    const [runs, rate] = [random.integer(5, 60), random.next() / 2];
    return Array.from({ length: runs }, () => ({
      agentId: `agent-${n}`,
      startedAt: now - random.next() * 30 * day,
      failures: random.chance(rate) ? ['TOOL_LOOP'] : [],
    }));
  }).flat();
}

const dayAgo = { from: now - day, end: now };

test('in uniform random worlds of 200 agents, one agent in 20 looks at most is called quiet, or moved', () => {
  const random = seededRandom(200);
  let alarms = 0;
  for (let look = 0; look < 20; look += 1) {
    const mirror = mirrorOf(uniformWorld(random, 200), now);
    alarms += quietAgents(mirror, now).length + movedRates(mirror, { ...dayAgo, from: now - 3 * day }).length;
    mirror.close();
  }
  expect(alarms).toBeLessThanOrEqual(1);
}, 240_000);

/** An agent that ran every `gap` seconds for 30 days, a tenth of it early or late, until so long ago. */
const clockwork = (random: Random, agentId: string, gap: number, silence: number): ToldRun[] =>
  Array.from({ length: Math.floor((30 * day - silence) / gap) }, (_, n) => ({
    agentId,
    startedAt: now - silence - n * gap - (n === 0 ? 0 : random.next() * gap * 0.1),
  }));

test('among 200 agents those that have really gone quiet are named', () => {
  const random = seededRandom(5);
  const busy = Array.from({ length: 300 }, () => ({
    agentId: 'busy',
    startedAt: now - 8 * hour - random.next() * 20 * day,
  }));
  const office = Array.from({ length: 600 }, () => {
    // In five hours of each day, and it is night.
    const at = now - 10 * hour - random.integer(0, 28) * day - random.next() * 5 * hour;
    return { agentId: 'office hours', startedAt: at };
  });
  const mirror = mirrorOf(
    [
      ...uniformWorld(random, 196),
      ...clockwork(random, 'hourly', hour, 6 * hour),
      ...clockwork(random, 'hourly, late', hour, 1.9 * hour),
      ...clockwork(random, 'daily', day, 6 * day),
      ...busy.map((run) => ({ ...run, startedAt: run.startedAt - 2 * day })),
      ...office,
    ],
    now,
  );
  const quiet = quietAgents(mirror, now);
  expect(quiet.map(({ agentId }) => agentId).toSorted()).toEqual(['busy', 'daily', 'hourly']);
  const hourly = quiet.find(({ agentId }) => agentId === 'hourly');
  expect(hourly?.usualGap).toBeGreaterThan(0.9 * hour);
  expect(hourly?.longestGap).toBeLessThan(1.2 * hour);
  expect(hourly?.lastSeen).toBe(now - 6 * hour);
  expect(hourly?.quietSince).toBeGreaterThan(now - 4 * hour);
  expect(hourly?.quietSince).toBeLessThan(now - hour);
  // Ten hours without a run are usual there: it is so each night.
  expect(quietAgents(mirror, now + 5 * hour).map(({ agentId }) => agentId)).not.toContain('office hours');
});
