import { expect, onTestFinished, test } from 'vitest';
import type { ContentMode } from '../../src/config.ts';
import { openMirror } from '../../src/db/open.ts';
import { demandSample } from '../../src/sync/sample.ts';
import { setUpContent } from '../support/content-world.ts';

/** A mirror of whoever sent it is held against the API. */

async function setUp(content: ContentMode) {
  const world = await setUpContent();
  await world.sync(content);
  const config = world.config(content);
  const { mirror } = openMirror(world.file, config, world.clock);
  onTestFinished(() => mirror.close());
  const signal = new AbortController().signal;
  const sample = (at = 0.5) => demandSample(config, mirror, { clock: world.clock, random: () => at, signal });
  return { ...world, exec: (sql: string) => mirror.sqlite.exec(sql), sample };
}

test.each(['hash', 'keep'] as const)('events as the API has them are no obstacle (%s)', async (content) => {
  await expect((await setUp(content)).sample()).resolves.toBeUndefined();
});

test.each([
  [`update run_events set payload = '{"model":"made-up"}'`, 'has another payload'],
  ['update run_events set prompt_tokens = 999999', 'has another prompt_tokens'],
  ['update run_events set timestamp = timestamp + 1', 'has another timestamp'],
  ['update run_events set step_index = 7', 'has another step_index'],
  ["update run_events set event_type = (select max(id) from names where name like 'tool.%')", 'has another event_type'],
  ['delete from run_events where seq = 3', 'it has 3 events of the run'],
  [
    'insert into run_events (run, seq, event_type, payload) select run, 4, event_type, payload from run_events where seq = 0',
    'it has 5 events of the run',
  ],
])('%s: refused', async (forgery, why) => {
  const { exec, sample } = await setUp('hash');
  exec(forgery);
  await expect(sample()).rejects.toMatchObject({ kind: 'handed', message: expect.stringContaining(why) });
});

test('runs that have events are preferred', async () => {
  const { exec, sample } = await setUp('hash');
  exec(
    "delete from run_events where run <> 7; delete from run_sums where run <> 7; update run_events set payload = '{}'",
  );
  for (const at of [0, 0.99]) await expect(sample(at)).rejects.toThrow('has another payload');
});

test('events that are to be read again may lack the last ones', async () => {
  const { exec, sample } = await setUp('hash');
  exec('update runs set detail_at = null; delete from run_events where seq = 3');
  await expect(sample()).resolves.toBeUndefined();
  exec("update run_events set payload = '{}'");
  await expect(sample()).rejects.toThrow('has another payload');
});

test('events that the API has dropped, and those hashed before texts were kept, are no obstacle', async () => {
  const { exec, sample, api } = await setUp('hash');
  exec("update mirror_meta set content = 'keep'; delete from sync_state where list = 'signals'");
  await expect(sample()).resolves.toBeUndefined();
  for (let n = 0; n < 30; n += 1) api.backend.expireEvents(`run-${n}`);
  exec('update runs set events_expired = 1');
  await expect(sample()).resolves.toBeUndefined();
});

test('a run’s number makes it no more likely to be looked at', async () => {
  const { exec, sample } = await setUp('hash');
  exec("pragma foreign_keys = off; update run_events set payload = '{}' where run < 30");
  for (const [table, id] of [
    ['run_events', 'run'],
    ['run_sums', 'run'],
    ['signals', 'run'],
    ['runs', 'id'],
  ])
    exec(`update ${table} set ${id} = 1000000 where ${id} = 30`);
  await expect(sample()).rejects.toThrow('has another payload');
});
