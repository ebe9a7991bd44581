import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { offered } from '../../src/mcp/offered.ts';
import { listAgents } from '../../src/queries/agents.ts';
import { startSyncer } from '../../src/sync/ensure.ts';
import { tools } from '../../src/tools/registry.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { setUpPasses } from '../support/passes.ts';
import { testOwner } from '../support/temp-mirror.ts';

/** The main thread's side of the syncer, before its thread has begun. Time stands still, so that it begins when it has to. */

/** Whether a thread runs in this process. */
const hasThread = () => process.getActiveResourcesInfo().includes('MessagePort');

async function setUp({ file }: { file?: string } = {}) {
  const passes = await setUpPasses();
  passes.add(2, 'a');
  await passes.pass();
  const clock = createFakeClock(passes.clock.now() + 1);
  const env = {
    DUNETRACE_DB: file ?? passes.temp.file,
    DUNETRACE_API_URL: testOwner.apiUrl,
    DUNETRACE_API_KEY: testOwner.apiKey,
    DUNETRACE_LIVE_BUDGET_MS: '0',
    TMPDIR: passes.temp.folder,
  };
  const surroundings = { env, platform: process.platform, homeDir: passes.temp.folder };
  const threads = hasThread();
  const ensure = startSyncer({
    clock,
    log: { info: () => {}, warn: () => {} },
    config: readConfig(surroundings),
    surroundings,
  });
  onTestFinished(() => ensure.stop());
  return { passes, clock, ensure, threads };
}

test('a fresh mirror is answered from before the thread begins, though another process is writing it', async () => {
  const { passes, clock, ensure, threads } = await setUp();
  passes.temp.mirror.sqlite.exec('begin immediate');
  const { freshness, trouble } = await ensure.fleet((_, ensured) => ensured);
  expect([freshness.source, freshness.stale, trouble]).toEqual(['mirror', false, undefined]);
  const reader = await ensure.reader();
  expect(listAgents(reader, { limit: 9 }).total).toBe(1);
  expect(hasThread()).toBe(threads);
  passes.temp.mirror.sqlite.exec('rollback');
  // It begins by itself, has the file for itself while it opens it, and is then read as before.
  clock.advance(1);
  await ensure.opened;
  expect(hasThread()).toBe(true);
  expect(reader.sqlite.open).toBe(false);
  expect(listAgents(await ensure.reader(), { limit: 9 }).total).toBe(1);
});

test('a question whose connection the thread has closed, as it begins, is asked again', async () => {
  const { clock, ensure } = await setUp();
  const ask = async () => listAgents(await ensure.reader(), { limit: 9 }).total;
  const early = await ensure.reader();
  clock.advance(1);
  await ensure.opened;
  const late = async () => listAgents(early, { limit: 9 });
  const error: unknown = await late().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(TypeError);
  expect(await ensure.recover(error)).toBe(true);
  expect(await ask()).toBe(1);
});

test('without a mirror the first question has the thread begin, and make one', async () => {
  const { passes, ensure, threads } = await setUp();
  const absent = await setUp({ file: join(passes.temp.folder, 'new', 'mirror.db') });
  expect(hasThread()).toBe(threads);
  expect((await absent.ensure.fleet((_, ensured) => ensured)).freshness.covered).toBe(false);
  expect(hasThread()).toBe(true);
  expect((await ensure.fleet((_, ensured) => ensured)).freshness.covered).toBe(true);
});

test('a server that is stopped before it was asked anything never begins one', async () => {
  const { ensure, threads } = await setUp();
  await ensure.stop();
  await expect(ensure.reader()).rejects.toThrow('the syncer has ended');
  expect(hasThread()).toBe(threads);
});

test('the list of tools is that of the mirror while the thread opens it, and has them all if that takes long', async () => {
  const { clock, ensure } = await setUp();
  const early = await offered({ ensure, clock });
  expect(early.length).toBeLessThan(tools.length);
  clock.advance(1);
  expect(await offered({ ensure, clock })).toEqual(early);

  const never = { ...ensure, reader: () => new Promise<never>(() => {}) };
  const late = offered({ ensure: never, clock });
  clock.advance(1);
  expect(await late).toEqual(tools);
  expect(await offered({ ensure: { ...ensure, reader: () => Promise.reject(new Error('damaged')) }, clock })).toEqual(
    tools,
  );
});
