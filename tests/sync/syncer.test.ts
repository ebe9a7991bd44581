import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { openReader } from '../../src/db/open.ts';
import { vRunEvents, vRuns, vSignals } from '../../src/db/views.ts';
import { openSyncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { createPlace } from '../support/program.ts';
import { bloated, fillSmallFleet, looping } from '../support/small-fleet.ts';

async function setUp() {
  const clock = createFakeClock(1_780_000_000, { autoAdvance: true });
  const api = await startFakeCustomerApi({ clock });
  fillSmallFleet(api.backend, clock.now() - 1000);
  const { env, file, folder } = createPlace(api.url);
  const config = readConfig({ env, platform: 'linux', homeDir: folder });
  const open = () => {
    const warnings: string[] = [];
    let reopened = 0;
    const onHome = (_: unknown, isReopened: boolean) => {
      if (isReopened) reopened += 1;
    };
    const log = { info: () => {}, warn: (text: string) => warnings.push(text) };
    const syncer = openSyncer(config, { clock, random: () => 0.5, log, onHome });
    onTestFinished(() => syncer.close());
    return { syncer, warnings, reopened: () => reopened };
  };
  const reader = () => {
    const opened = openReader(file, config);
    onTestFinished(opened.close);
    return opened.db;
  };
  return { clock, api, file, folder, reader, open, syncer: open().syncer };
}

/** Overwrites the first page of each of these tables and indexes; opening the file does not read them. */
function damage(file: string, names: readonly string[]): void {
  const sqlite = new Database(file);
  const pageSize = Number(sqlite.pragma('page_size', { simple: true }));
  const find = sqlite.prepare<[string], { rootpage: number }>('select rootpage from sqlite_master where name = ?');
  const pages = names.map((name) => find.get(name)?.rootpage ?? 0);
  sqlite.close();
  const fd = openSync(file, 'r+');
  for (const page of pages) writeSync(fd, Buffer.alloc(pageSize, 0xab), 0, pageSize, (page - 1) * pageSize);
  closeSync(fd);
}

test('a file that turns out to be damaged is moved aside, and the pass goes on in a new one', async () => {
  const first = await setUp();
  await first.syncer.fleet();
  await first.syncer.close();
  damage(first.file, ['runs', 'signals']);
  const { syncer, warnings, reopened } = first.open();
  await syncer.fleet({ full: true });
  // At the start, and when it was begun anew.
  expect(reopened()).toBe(2);
  expect(warnings.join()).toMatch(/is damaged\. It was moved to .*\.corrupt-/);
  expect(readdirSync(`${first.folder}/data`).filter((name) => name.includes('.corrupt-')).length).toBeGreaterThan(0);
  expect(first.reader().select().from(vRuns).all()).toHaveLength(3);
});

test('a run is fetched whole; its signals come with the lists', async () => {
  const { syncer, api, reader } = await setUp();
  await syncer.run(looping);
  expect(api.requests.map(({ path }) => path)).toEqual([
    `/v1/runs/${looping}`,
    '/v1/agents',
    '/v1/agents/research-agent/runs',
    '/v1/agents/research-agent/signals',
  ]);
  const db = reader();
  expect(
    db
      .select()
      .from(vRunEvents)
      .all()
      .map(({ eventType }) => eventType),
  ).toEqual(['run.started', 'llm.called', 'tool.called', 'tool.responded', 'run.completed']);
  expect(db.select().from(vSignals).all()).toMatchObject([{ id: 2, runId: looping, alerted: false }]);
});

test("a run's list row keeps its step_count and counts when the detail comes, and the detail its events when they expire", async () => {
  const { syncer, api, reader } = await setUp();
  await syncer.fleet();
  const listed = reader().select().from(vRuns).all();
  await syncer.run(looping);
  expect(reader().select().from(vRuns).all()).toEqual(listed);
  api.backend.expireEvents(looping);
  await syncer.run(looping);
  await syncer.fleet({ full: true });
  expect(reader().select().from(vRunEvents).all()).toHaveLength(5);
  const [before] = listed.filter(({ runId }) => runId === looping);
  const after = reader()
    .select()
    .from(vRuns)
    .all()
    .find(({ runId }) => runId === looping);
  expect(after).toEqual({ ...before, eventsExpired: true });
});

test('two calls for the fleet at once share one pass', async () => {
  const { syncer, api } = await setUp();
  await Promise.all([syncer.fleet(), syncer.fleet()]);
  expect(api.requests.filter(({ path }) => path === '/v1/agents')).toHaveLength(1);
});

test("the detail of a run of an agent whose lists can't be read brings its signals itself", async () => {
  const { syncer, api, clock, reader } = await setUp();
  const runId = '55555555-5555-4555-8555-555555555555';
  const now = clock.now();
  api.backend.ingestRun({
    runId,
    agentId: 'support-bot/eu',
    agentVersion: 'v9',
    startedAt: now - 900,
    completedAt: now - 890,
    exitReason: 'run.completed',
  });
  api.backend.analyse(runId, [{ failureType: 'RETRY_STORM', severity: 'MEDIUM', stepIndex: 2 }]);
  await syncer.fleet();
  await syncer.run(runId);
  expect(reader().select().from(vSignals).all()).toContainEqual(
    expect.objectContaining({ runId, agentId: 'support-bot/eu', agentVersion: 'v9', failureType: 'RETRY_STORM' }),
  );
  await expect(syncer.run(`${bloated}x`)).rejects.toThrow('not found');
});

test('a signal that a detail holds twice is stored once', async () => {
  const { api, syncer, reader, clock } = await setUp();
  const { backend } = api;
  const runId = 'run of an agent whose lists can not be asked for';
  const startedAt = clock.now() - 500;
  const run = { runId, agentId: 'team/bot', agentVersion: 'v1', startedAt, completedAt: startedAt + 5 };
  backend.ingestRun({ ...run, exitReason: 'run.completed' });
  backend.analyse(runId, [{ failureType: 'CONTEXT_BLOAT', severity: 'HIGH', stepIndex: 1, confidence: 0.8 }]);
  const detail = backend.runDetail(runId);
  if (detail) backend.runDetail = () => ({ ...detail, signals: [...detail.signals, ...detail.signals] });
  await syncer.fleet();
  await syncer.run(runId);
  const stored = reader().select({ runId: vSignals.runId }).from(vSignals).all();
  expect(stored.filter((signal) => signal.runId === runId)).toHaveLength(1);
});
