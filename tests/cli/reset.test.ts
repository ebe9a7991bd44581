import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { reset } from '../../src/cli/reset.ts';
import { resetMirror } from '../../src/mirror/reset.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { loop, setUpPasses } from '../support/passes.ts';
import { createPlace, type Place, run } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';
import { testOwner } from '../support/temp-mirror.ts';
import { terminalIo } from '../support/terminal-io.ts';

async function filled() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url);
  await run(['sync', '--quiet'], place);
  return { api, place };
}

const views = ['v_agents', 'v_runs', 'v_signals', 'explanations', 'evidence', 'names'];

/** How many rows each of these has. */
function counts({ file }: Place): number[] {
  const mirror = new Database(file, { readonly: true });
  const found = views.map((view) => Number(mirror.prepare(`select count(*) from ${view}`).pluck().get()));
  mirror.close();
  return found;
}

/** The command on a terminal where somebody types `typed`. */
async function ask(place: Place, typed: string) {
  const { io, shown } = terminalIo(place, typed);
  const code = await reset(io, {});
  return { code, ...(await shown()) };
}

test('--yes empties the mirror, which the next sync fills again', async () => {
  const { place } = await filled();
  expect(await run(['reset', '--yes'], place)).toEqual({
    code: 0,
    stdout: `${place.file} is empty. The server that polls fills it again; so does \`dunetrace-mcp sync\`.\n`,
    stderr: '',
  });
  expect(counts(place)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(readFileSync(place.file).includes('research-agent')).toBe(false);
  await run(['sync', '--quiet'], place);
  expect(counts(place).slice(0, 3)).toEqual([2, 3, 2]);
});

test('what was sent to the API, and the patience that it asked for, outlive a reset', async () => {
  const { place } = await filled();
  const mirror = new Database(place.file);
  onTestFinished(() => {
    mirror.close();
  });
  mirror.exec("insert or replace into api_state (id, quiet_why) values (1, 'slow down')");
  const told = () => ({
    sent: mirror.prepare('select count(*) from requests').pluck().get(),
    why: mirror.prepare('select quiet_why from api_state').pluck().get(),
  });
  const before = told();
  expect(before.sent).toBeGreaterThan(0);
  expect((await run(['reset', '--yes'], place)).code).toBe(0);
  expect(told()).toEqual(before);
});

test('on a terminal it asks, and deletes nothing unless it is told to', async () => {
  const { place } = await filled();
  const refused = await ask(place, '\n');
  expect(refused).toMatchObject({ code: 0, stdout: 'Nothing was deleted.\n' });
  expect(refused.stderr).toContain(`Delete everything in ${place.file}?`);
  expect(counts(place)[1]).toBe(3);
  expect(await ask(place, 'y\n')).toMatchObject({ code: 0 });
  expect(counts(place)[1]).toBe(0);
});

test('without a terminal and without --yes it is a usage error that names --yes', async () => {
  const { place } = await filled();
  const outcome = await run(['reset'], place);
  expect(outcome).toMatchObject({ code: 2, stdout: '' });
  expect(outcome.stderr).toContain('Add --yes');
  expect(counts(place)[1]).toBe(3);
});

test("no mirror is nothing to reset, another program's file is refused, a damaged one moved aside", async () => {
  const place = createPlace('http://127.0.0.1:9');
  expect(await run(['reset', '--yes'], place)).toMatchObject({ code: 0 });
  expect(existsSync(place.file)).toBe(false);
  mkdirSync(dirname(place.file));
  const foreign = new Database(place.file);
  foreign.exec('create table mine (x); insert into mine values (1)');
  foreign.close();
  const refused = await run(['reset', '--yes'], place);
  expect(refused).toMatchObject({ code: 5 });
  expect(refused.stderr).toContain('another program');
  writeFileSync(place.file, 'no database at all');
  const moved = await run(['reset', '--yes'], place);
  expect(moved).toMatchObject({ code: 0 });
  expect(moved.stderr).toContain('was moved to');
  expect(readdirSync(dirname(place.file)).some((name) => name.includes('.corrupt-'))).toBe(true);
});

test('a process that reads on meanwhile stores nothing under a wrong agent, and its next pass fills the mirror', async () => {
  const w = await setUpPasses();
  w.add(40, 'a', [loop]);
  w.add(5, 'b', [loop]);
  await w.pass();
  w.add(40, 'a', [loop]);
  let requests = 0;
  const unwatch = w.api.watch(() => {
    requests += 1;
    if (requests === 3) resetMirror(w.temp.file, testOwner, w.clock);
  });
  await expect(w.pass()).rejects.toThrow('reset meanwhile');
  unwatch();
  await w.pass();
  w.expectEqual('a', 'b');
  expect(w.rows('select s.failure_type from v_signals s')).toHaveLength(85);
  expect(w.rows('select agent_id from v_agents order by 1')).toEqual([{ agent_id: 'a' }, { agent_id: 'b' }]);
});
