import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openReader } from '../../src/db/open.ts';
import { vAgents, vRuns } from '../../src/db/views.ts';
import { LostLeaseError } from '../../src/errors.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace } from '../support/program.ts';
import { fillSmallFleet, looping } from '../support/small-fleet.ts';

const leaseSeconds = 30;
const isAgents = ({ path }: { path: string }) => path === '/v1/agents';

/** Two syncers on one file, of which the first has the lease; `suspend` is what a SIGSTOP of it comes to. */
async function setUp() {
  const clock = createFakeClock(1_780_000_000, { autoAdvance: true });
  const api = await startFakeCustomerApi({ clock });
  fillSmallFleet(api.backend, clock.now() - 1000);
  const { env, file, folder } = createPlace(api.url, { DUNETRACE_EVENTS_DAYS: '30' });
  const config = readConfig({ env, platform: 'linux', homeDir: folder });
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (text: string) => warnings.push(text) };
  const open = (own = clock) => {
    const syncer = openSyncer(config, { clock: own, random: () => 0.5, log });
    onTestFinished(() => syncer.close());
    return syncer;
  };
  const [first, second] = [open(), open()];
  const { db, close } = openReader(file, config);
  onTestFinished(close);
  expect(first.takeLease(leaseSeconds)).toBe(true);
  const suspend = () => {
    clock.jump(leaseSeconds + 1);
    expect(second.takeLease(leaseSeconds)).toBe(true);
  };
  return { api, first, second, db, file, open, clock, warnings, suspend };
}

test('a lease is judged by the time of its write, which no other process can come before', async () => {
  const { first, file, open, clock } = await setUp();
  const other = new Database(file, { timeout: 0 });
  onTestFinished(() => {
    other.close();
  });
  let faults: unknown[] | undefined;
  const now = () => {
    try {
      if (faults) other.exec('begin immediate; rollback');
    } catch (error) {
      faults?.push(error);
    }
    return clock.now();
  };
  const third = open({ ...clock, now });
  faults = [];
  expect(third.takeLease(leaseSeconds)).toBe(false);
  expect(faults).toEqual([expect.objectContaining({ code: 'SQLITE_BUSY' })]);
  expect(first.takeLease(leaseSeconds)).toBe(true);
});

test('a poller that was suspended finds that it lost the lease before it writes', async () => {
  const { api, first, second, db, suspend } = await setUp();
  const held = api.hold(isAgents);
  const pass = first.fleet({ isFenced: true });
  await held.arrived;
  suspend();
  held.release();
  await expect(pass).rejects.toThrow(LostLeaseError);
  expect(db.select().from(vAgents).all()).toEqual([]);
  expect(first.takeLease(leaseSeconds)).toBe(false);
  await second.fleet({ isFenced: true });
  expect(db.select().from(vRuns).all()).toHaveLength(3);
});

test('a question that joined such a pass gets one of its own', async () => {
  const { api, first, db, suspend } = await setUp();
  const held = api.hold(isAgents);
  const pass = first.fleet({ isFenced: true });
  const question = first.fleet({ priority: 10 });
  await held.arrived;
  suspend();
  held.release();
  await expect(pass).rejects.toThrow(LostLeaseError);
  expect((await question).added.runs).toBe(3);
  expect(db.select().from(vRuns).all()).toHaveLength(3);
});

test.each([
  ['health score', ({ path }: { path: string }) => path.endsWith('/health-score')],
  ['run', ({ path }: { path: string }) => path.startsWith('/v1/runs/')],
])('what the lane brings between passes is not written either: a %s', async (_, when) => {
  const { api, first, db, warnings, suspend } = await setUp();
  await first.fleet({ isFenced: true });
  const held = api.hold(when);
  const never = new AbortController().signal;
  const lane = first.catchUp({ signal: never, ending: never });
  await held.arrived;
  suspend();
  held.release();
  await lane;
  expect(db.all('select * from server_health').length).toBe(when({ path: '/health-score' }) ? 0 : 2);
  expect(db.all('select * from run_events')).toEqual([]);
  expect(warnings).toEqual([]);
});

test('what somebody waits for is written without the lease', async () => {
  const { second, db } = await setUp();
  await second.run(looping);
  await second.agent('research-agent');
  await second.fleet();
  expect(db.select().from(vRuns).all()).toHaveLength(3);
});

test('the state of the API and the last call are known to all', async () => {
  const { api, first, second, suspend } = await setUp();
  const outage = { failures: 3, since: 5, kind: 'unreachable', why: 'away', failedAt: 1_780_000_000, nextTryAt: 9 };
  first.saveOutage(outage);
  expect(second.outage()).toEqual(outage);
  suspend();
  expect(() => first.saveOutage(undefined)).toThrow(LostLeaseError);
  await first.fleet();
  expect(second.outage()).toBeUndefined();
  expect(second.sinceCall()).toBe(Number.POSITIVE_INFINITY);
  first.noteCall();
  expect(second.sinceCall()).toBe(0);
  expect(api.requests.filter(isAgents)).toHaveLength(1);
});
