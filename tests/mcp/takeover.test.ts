import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf, type McpConnection } from '../support/mcp-client.ts';
import { createPlace, type Place, run } from '../support/program.ts';
import { clean, fillSmallFleet } from '../support/small-fleet.ts';

/** Two servers on one file: the one that polls, and the other. */
async function setUp() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const place = createPlace(api.url, { DUNETRACE_POLL_SECONDS: '1' });
  const first = await connect(place);
  await askUntil(
    () => first.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  return { api, place, first, second: await connect(place) };
}

function onFile<Result>({ file }: Place, work: (mirror: Database.Database) => Result): Result {
  const mirror = new Database(file);
  try {
    return work(mirror);
  } finally {
    mirror.close();
  }
}

const holderOf = (place: Place) => onFile(place, (mirror) => mirror.prepare('select pid from lease').pluck().get());

/** The lease runs out now, as that of a process that renews it no more does by and by. */
const runOut = (place: Place) => onFile(place, (mirror) => mirror.exec('update lease set expires_at = 0'));

const becomesHolder = async (place: Place, { call, pid }: McpConnection) => {
  await askUntil(
    () => call('get_mirror_status'),
    () => holderOf(place) === pid,
  );
};

test('when the server that polls is killed, another one polls once its lease is over', async () => {
  const { api, place, first, second } = await setUp();
  expect(holderOf(place)).toBe(first.pid);
  process.kill(first.pid, 'SIGKILL');
  runOut(place);
  await becomesHolder(place, second);
  api.backend.analyse(clean, [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: 1 }]);
  await askUntil(
    () => second.call('get_agent_signals', { agent_id: 'research-agent' }),
    (answer) => answer.text.includes('RETRY_STORM'),
  );
});

test('a server that was suspended while it polled leaves that to who does it now, and still answers', async () => {
  const { api, place, first, second } = await setUp();
  // In the middle of a pass, whose answer is of the time before.
  const held = api.hold(({ path }) => path === '/v1/agents');
  await held.arrived;
  process.kill(first.pid, 'SIGSTOP');
  runOut(place);
  await becomesHolder(place, second);
  api.backend.analyse(clean, [{ failureType: 'RETRY_STORM', severity: 'LOW', stepIndex: 1 }]);
  held.release();
  process.kill(first.pid, 'SIGCONT');
  await askUntil(
    () => first.call('get_agent_signals', { agent_id: 'research-agent' }),
    (answer) => answer.text.includes('RETRY_STORM'),
  );
  expect(holderOf(place)).toBe(second.pid);
  const again = await run(['sync', '--full', '--json'], place);
  expect(JSON.parse(again.stdout)).toMatchObject({ new_runs: 0, new_signals: 0 });
  await first.close();
  expect(holderOf(place)).toBe(second.pid);
  expect(first.stderr()).toBe('');
});
