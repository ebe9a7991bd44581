import { expect, test } from 'vitest';
import { goneUp } from '../../src/sync/list-rows.ts';
import type { Change } from '../support/history.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { tellStory } from '../support/story.ts';

/** A listed run is not final: runs that are analysed again, and what the lists show of it. */

test.each([
  ['nothing, as it was', [9, 8, 7], [false, false, false]],
  ['the last, now the first', [1, 9, 8, 7], [true, false, false, false]],
  ['several, one after the other', [1, 2, 3, 9, 8], [true, true, true, false, false]],
  ['one that turned around with its neighbour', [9, 7, 8, 6], [false, true, false, false]],
  ['what has no place, or is new, tells nothing', [null, 9, null, 8], [false, false, false, false]],
  ['no rows', [], []],
])('goes up: %s', (_, places, up) => expect(goneUp(places)).toEqual(up));

type Story = Awaited<ReturnType<typeof tellStory>>;

const runIdsOf = ({ backend }: Story) => backend.runs('a').map(({ run_id }) => run_id);
const dueOf = ({ sqlite }: Story) =>
  sqlite.prepare('select run_id from runs where detail_at is null order by run_id').pluck().all();

/** Late events that no field of the run's row shows. */
function addQuietly({ backend }: Story, runId: string, signals: Parameters<Story['backend']['analyse']>[1] = []): void {
  const event = { event_type: 'external.signal', step_index: 0, timestamp: backend.now(), payload: {} };
  backend.addLateEvents(runId, [{ ...event, parent_run_id: null }]);
  backend.analyse(runId, signals);
}

test.each(['at once', 'after a pass that only looked at the top'])(
  'a full pass finds by its place a run whose row shows nothing of a second analysis, %s',
  async (when) => {
    const story = await tellStory(40);
    await story.readDetails();
    const runId = runIdsOf(story)[25] ?? '';
    addQuietly(story, runId);
    if (when !== 'at once') {
      await story.pass();
      // It may as well be one of two rows of the same time.
      expect(dueOf(story)).toEqual([]);
    }
    await story.pass({ full: true });
    expect(dueOf(story)).toEqual([runId]);
    await story.readDetails();
    await story.pass({ full: true });
    expect(dueOf(story)).toEqual([]);
  },
);

test('a run on top again that has more signals is due, whatever else its row shows', async () => {
  const story = await tellStory(40);
  await story.readDetails();
  const runId = runIdsOf(story)[25] ?? '';
  addQuietly(story, runId, [{ failureType: 'COST_SPIKE', severity: 'LOW', stepIndex: 0 }]);
  await story.pass();
  expect(dueOf(story)).toEqual([runId]);
  await story.readDetails();
});

test.each<[string, Change]>([
  ['lost their events', { do: 'expire runs', at: 3, count: 10 }],
  ['an evaluator found something in', { do: 'evaluated', at: 3, count: 10 }],
])('no details are due of runs that %s', async (_, change) => {
  const story = await tellStory(40);
  await story.readDetails();
  story.change(change);
  await story.pass();
  await story.pass({ full: true });
  expect(dueOf(story)).toEqual([]);
});

test('more of them than a page holds are due, and their events are read again', async () => {
  const story = await tellStory(60);
  await story.readDetails();
  story.change({ do: 'late events', at: 10, count: 30, ends: false, signals: 0 });
  await story.pass();
  expect(dueOf(story)).toHaveLength(30);
  await story.readDetails();
});

test('the events that are here stay until the newer ones come', async () => {
  const story = await tellStory(1);
  await story.readDetails();
  const count = story.sqlite.prepare('select count(*) from run_events').pluck();
  const before = count.get();
  story.change({ do: 'late events', at: 0, count: 1, ends: false, signals: 0 });
  await story.pass();
  expect(count.get()).toBe(before);
  await story.readDetails();
  expect(count.get()).toBe(Number(before) + 2);
});

test('a quiet poll asks for one page of a list, also where rows of one time turned around', async () => {
  const w = await setUpPasses({ generation: 3 });
  w.add(30, 'a', [loop]);
  const now = w.clock.now();
  for (let n = 0; n < 8; n += 1) {
    const run = { runId: `tie-${n}`, agentId: 'a', agentVersion: 'v1', startedAt: now - 9, completedAt: now };
    w.backend.ingestRun({ ...run, exitReason: 'run.completed' });
    w.backend.analyse(`tie-${n}`, []);
  }
  for (let passes = 0; passes < 3; passes += 1) await w.pass();
  const quiet = ['/v1/agents 0', '/v1/runs 0', '/v1/signals 0'];
  const asked = async () => (await w.requestsOf(() => w.pass())).filter((path) => path !== '/v1/runs null').sort();
  expect(await asked()).toEqual(quiet);
  w.backend.swapTies();
  // Runs may have gone up, and so there may be more of them further down.
  expect((await asked()).length).toBeGreaterThan(quiet.length);
  await w.pass();
  expect(await asked()).toEqual(quiet);
  expect(await asked()).toEqual(quiet);
});

test('alerts about more signals than a page holds are followed', async () => {
  const w = await setUpPasses({ generation: 3 });
  w.add(60, 'a', [loop]);
  await w.pass();
  for (const { id } of w.backend.signals('a').slice(0, 25)) w.backend.setAlerted(id);
  w.add(1, 'a', [loop]);
  await w.pass();
  expect(w.rows('select 1 from v_signals where alerted = 1')).toHaveLength(25);
});

test('a late signal that a pass stored and did not live to count is counted by the next one', async () => {
  const story = await tellStory(40);
  story.change({ do: 'evaluated', at: 35, count: 2 });
  const stored = () => story.sqlite.prepare('select count(*) from signals').pluck().get();
  for (let at = 3; stored() === 40; at += 1) await story.pass({ crash: { at, when: 'after' } });
  await story.pass();
  story.invariants.checkRows();
});
