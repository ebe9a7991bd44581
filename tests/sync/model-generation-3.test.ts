import { test } from 'vitest';
import { exploreSync } from '../support/explore-sync.ts';
import type { Change } from '../support/history.ts';
import { tellStory } from '../support/story.ts';

/**
 * The sync as a state machine, against the newest API: besides all that happens to the older ones, runs get late events
 * and are analysed again, evaluators find signals in old runs, evidence loses its texts, runs without events go, and rows of
 * the same time turn around, also between two pages. A generation has its own file, as files run at once. Another seed:
 * DUNETRACE_TEST_SEED=7; more: `npm run test:long`, or DUNETRACE_TEST_RUNS=100000.
 */
test('whatever happened, a pass that nothing disturbs makes the mirror the API (generation 3)', async () => {
  await exploreSync(3, { newest: ['late events', 'evaluated', 'evidence stripped', 'daily pass', 'ties swapped'] });
}, 1_800_000);

test('what the mirror shows of the events of runs is what the API shows', async () => {
  await exploreSync(3, { newest: ['evaluated', 'daily pass', 'ties swapped'], readsDetails: true });
}, 1_800_000);

test('the same, where late events have runs analysed again', async () => {
  await exploreSync(3, { newest: ['late events'], readsDetails: true });
}, 1_800_000);

test('a pass follows every run that went on top again', async () => {
  await exploreSync(3, { newest: ['late events'], followsMoved: true });
}, 1_800_000);

test('an agent whose id holds a slash is mirrored as any other', async () => {
  await exploreSync(3, { newest: ['slashed runs'] });
}, 1_800_000);

test('a run that is analysed again goes on top, and the next pass brings what it now is', async () => {
  const { pass, change } = await tellStory(40);
  change({ do: 'late events', at: 30, count: 2, ends: false, signals: 3 });
  await pass();
  change({ do: 'runs', agent: 'a', count: 2, signals: 0, exit: 'stalled' });
  await pass();
  change({ do: 'late events', at: 1, count: 1, ends: true, signals: 1 });
  await pass();
});

test('so do more of them than a page holds', async () => {
  const { pass, change } = await tellStory(60);
  change({ do: 'late events', at: 10, count: 30, ends: false, signals: 0 });
  await pass();
});

test('the events of a run that is analysed again are read again', async () => {
  const { pass, change, readDetails } = await tellStory(1);
  await readDetails();
  change({ do: 'late events', at: 0, count: 1, ends: false, signals: 0 });
  await pass();
  await readDetails();
});

test('signals of evaluators come to agents that have long settled', async () => {
  const { pass, change, wait, invariants } = await tellStory(40);
  wait(100_000);
  await pass({ settleSeconds: 300 });
  change({ do: 'evaluated', at: 35, count: 2 });
  await pass({ settleSeconds: 300 });
  invariants.checkIds({ isFull: false });
});

test('and the old runs that they are about count them', async () => {
  const { pass, change, invariants } = await tellStory(40);
  change({ do: 'evaluated', at: 35, count: 2 });
  await pass();
  invariants.checkRows();
});

test('a run that the mirror first sees without events has the tokens that the API shows: 0', async () => {
  const { pass, change } = await tellStory(0);
  change({ do: 'runs', agent: 'a', count: 25, signals: 1, exit: 'run.completed' });
  change({ do: 'expire runs', at: 0, count: 25 });
  change({ do: 'runs', agent: 'a', count: 1, signals: 0, exit: 'run.completed' });
  change({ do: 'delete signals', at: 0, count: 5 });
  await pass({ full: true });
});

test('evidence that lost its texts is followed by a full pass', async () => {
  const { pass, change } = await tellStory(20);
  change({ do: 'evidence stripped', at: 3, count: 5 });
  await pass({ full: true });
});

test('runs without events are gone after the daily pass', async () => {
  const { pass, change } = await tellStory(40);
  change({ do: 'expire runs', at: 30, count: 10 });
  await pass();
  change({ do: 'daily pass' });
  await pass();
});

test('rows of the same time turn around while a list is paged, and runs move', async () => {
  const { pass, change } = await tellStory(0);
  change({ do: 'runs', agent: 'a', count: 60, signals: 1, exit: 'run.completed' });
  const late: Change = { do: 'late events', at: 40, count: 3, ends: true, signals: 1 };
  for (const at of [3, 4, 5, 6]) {
    await pass({ during: [{ at, do: 'change', change: { do: 'ties swapped' } }] });
    await pass({ during: [{ at, do: 'change', change: late }], full: true });
  }
  await pass();
});
