import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { vSignals } from '../../src/db/views.ts';
import { StoppedError } from '../../src/errors.ts';
import type { ListName } from '../../src/lists/names.ts';
import type { When } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { plainEvent } from '../support/stored-event.ts';

/** What these tests ask of a mirror besides. */
async function setUp() {
  const w = await setUpPasses();
  return {
    ...w,
    runIds: (agentId = 'a') => w.ids('runs', agentId),
    upstreamRunIds: (agentId = 'a') =>
      w.backend
        .runs(agentId)
        .map((row) => row.run_id)
        .sort(),
    signal: (id: number) => w.temp.mirror.db.select().from(vSignals).where(eq(vSignals.id, id)).get(),
    state: (list: ListName, agentId = 'a') => {
      const agent = w.temp.store.agents.find(agentId);
      if (!agent) throw new Error(`no agent ${agentId}`);
      return w.temp.store.syncState.read(agent.id, list);
    },
  };
}

const isRuns: When = ({ path }) => path.endsWith('/runs');
const isSignals: When = ({ path }) => path.endsWith('/signals');

/** Stops the pass at the `nth` request that `when` picks. */
function stopAt(
  api: { watch: (watcher: (request: Parameters<When>[0]) => void) => () => void },
  when: When,
  nth: number,
) {
  const controller = new AbortController();
  let seen = 0;
  const forget = api.watch((request) => {
    if (when(request)) seen += 1;
    if (seen < nth) return;
    forget();
    controller.abort(new StoppedError('crash'));
  });
  return controller.signal;
}

test('a resumed head pass also reads what came in on top meanwhile', async () => {
  const w = await setUp();
  w.add(40);
  await w.pass();
  w.add(30);
  await expect(w.pass({ signal: stopAt(w.api, isRuns, 3) })).rejects.toThrow('crash');
  expect(w.state('runs').head).not.toBeNull();
  w.add(1);
  w.backend.dropRun('run-1');
  await w.pass();
  expect(w.runIds()).toEqual(w.upstreamRunIds());
});

test('a full pass that finds a crashed tail refreshes the rows above its cursor too', async () => {
  const w = await setUp();
  w.add(60, 'a', [loop]);
  await expect(w.pass({ signal: stopAt(w.api, isSignals, 6) })).rejects.toThrow('crash');
  // Below what a head pass reads again, above where the tail pass goes on.
  w.backend.setAlerted(43);
  await w.pass({ full: true });
  expect(w.signal(43)?.alerted).toBe(true);
});

test('a full pass stays full when another process moves the list on under its first page', async () => {
  const w = await setUp();
  w.add(20, 'a', [loop]);
  await w.pass();
  w.backend.setAlerted(1);
  const other = w.temp.connect();
  const held = w.api.hold(isSignals);
  const full = w.pass({ full: true });
  await held.arrived;
  w.add(1, 'a', [loop]);
  await w.pass({}, { store: other.store });
  held.release();
  await full;
  expect(w.signal(1)?.alerted).toBe(true);
});

test('an unreadable row on top does not send every pass through the whole list', async () => {
  const w = await setUp();
  w.add(60);
  w.backend.addRawRow('runs', 'a', { nonsense: true });
  await w.pass();
  const requests = await w.requestsOf(() => w.pass());
  expect(requests.filter((request) => request.includes('/runs')).length).toBeLessThanOrEqual(2);
});

test('an unreadable row counted again does not hide a missing one', async () => {
  const w = await setUp();
  const [first = ''] = w.add(20, 'a', [loop]);
  w.add(20, 'a', [loop]);
  w.add(1, 'a', [{ ...loop, failureType: '' }]);
  await w.pass();
  w.backend.analyse(first, [{ ...loop, detectedAt: w.clock.now() - 30 }]);
  await w.pass();
  expect(w.signal(42)?.id).toBe(42);
});

test('a list that shrank by many pages is gone back in, and does not fail the pass', async () => {
  const w = await setUp();
  w.add(450);
  await expect(w.pass({ signal: stopAt(w.api, isRuns, 75) })).rejects.toThrow('crash');
  w.backend.wipe();
  w.add(3);
  await w.pass();
  expect(w.runIds()).toEqual(w.upstreamRunIds());
});

test('when a pass ends, nothing of it is still under way', async () => {
  const w = await setUp();
  w.add(3, 'a');
  w.add(3, 'b');
  let stopping = false;
  let over = false;
  const held = w.api.hold(isRuns);
  const second = w.api.hold(isRuns);
  const done = w
    .pass({ isStopping: () => stopping }, { concurrency: 2 })
    .then(
      () => 'completed',
      () => 'stopped',
    )
    .finally(() => {
      over = true;
    });
  await Promise.all([held.arrived, second.arrived]);
  stopping = true;
  held.release();
  for (let turn = 0; turn < 200 && !over; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const wasOver = over;
  second.release();
  expect(await done).toBe('stopped');
  expect(wasOver).toBe(false);
});

test('an agent that is unlisted while the list is paged does not make another one gone', async () => {
  const w = await setUp();
  for (let agent = 0; agent < 20; agent += 1) w.add(1, `agent-${agent}`);
  await w.pass();
  let seen = 0;
  w.api.watch(({ path }) => {
    if (path !== '/v1/agents') return;
    seen += 1;
    if (seen === 2) w.backend.expireEvents('run-20');
  });
  await w.pass();
  const gone = w.temp.store.agents
    .all()
    .filter((agent) => agent.goneAt !== null)
    .map((agent) => agent.agentId);
  expect(gone).toEqual([]);
});

test('covered_from never claims a page that was not stored', async () => {
  const w = await setUp();
  w.add(40);
  await w.pass();
  const added = w.add(40);
  let seen = 0;
  w.api.watch((request) => {
    if (!isRuns(request)) return;
    seen += 1;
    if (seen === 3) for (const id of added.slice(15, 35)) w.backend.dropRun(id);
  });
  await expect(w.pass({ signal: stopAt(w.api, isRuns, 4) })).rejects.toThrow('crash');
  const { coveredFrom } = w.state('runs');
  const have = new Set(w.runIds());
  const missing = w.backend
    .runs('a')
    .filter((row) => !have.has(row.run_id))
    .map((row) => row.completed_at ?? 0);
  expect(Math.max(...missing)).toBeLessThan(coveredFrom ?? Number.POSITIVE_INFINITY);
});

test('arrivals during a head pass of several pages do not send it through the whole list', async () => {
  const w = await setUp();
  w.add(150);
  await w.pass();
  w.add(20);
  let seen = 0;
  w.api.watch((request) => {
    if (isRuns(request)) seen += 1;
    if (seen === 2) w.add(1);
  });
  const requests = await w.requestsOf(() => w.pass());
  expect(requests.filter((request) => request.includes('/runs')).length).toBeLessThan(20);
});

test('run events of a wiped backend go with their runs', async () => {
  const w = await setUp();
  w.add(2, 'a', [loop]);
  await w.pass();
  const id = w.temp.store.runs.lookup(['run-2']).get('run-2')?.row.id ?? 0;
  const event = plainEvent(1);
  w.temp.store.write(() => w.temp.store.runEvents.put(id, [event]));
  w.backend.wipe();
  w.add(1, 'a', [loop]);
  await w.pass();
  expect(w.temp.mirror.sqlite.prepare('select run_id from v_run_events').all()).toEqual([]);
});
