import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { platform } from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../../src/clock.ts';
import { StoppedError } from '../../src/errors.ts';
import { createSqlGuard } from '../../src/guarded-sql/guard.ts';
import { childrenOf, isAlive } from '../support/children.ts';
import { isLong } from '../support/effort.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

const runaway = 'WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c';

async function served() {
  const api = await startFakeCustomerApi();
  fillSmallFleet(api.backend, Date.now() / 1000);
  const connection = await connect(createPlace(api.url, { DUNETRACE_POLL_SECONDS: '3600' }));
  await askUntil(
    () => connection.call('list_agents'),
    (answer) => freshnessOf(answer).covered,
  );
  return connection;
}

test('a runaway query delays no other call, and is ended', async () => {
  const { call } = await served();
  let isEnded = false;
  const ran = call('query_mirror', { sql: runaway }).finally(() => {
    isEnded = true;
  });
  for (let n = 0; n < 5; n += 1) {
    expect((await call('list_agents')).isError).toBe(false);
    expect(isEnded).toBe(false);
  }
  expect((await call('query_mirror', { sql: 'SELECT count(*) FROM v_signals' })).structured).toMatchObject({
    rows: [[2]],
  });
  expect(isEnded).toBe(false);
  const { text, isError } = await ran;
  expect(isError).toBe(true);
  expect(text).toContain('The statement took longer than 5 s and was ended.');
  expect((await call('query_mirror', { sql: 'SELECT 1' })).isError).toBe(false);
});

test.runIf(isLong)('more calls than lanes wait for their turn, and all are answered', async () => {
  const { call } = await served();
  const asked = Array.from({ length: 12 }, (_, n) => call('query_mirror', { sql: `SELECT ${n} AS n` }));
  const answers = await Promise.all(asked);
  expect(answers.map(({ structured }) => structured.rows)).toEqual(asked.map((_, n) => [[n]]));
});

test.runIf(platform === 'linux')('a child is used again while it is well', async () => {
  const { call, pid } = await served();
  await call('query_mirror', { sql: 'SELECT 1' });
  const [child, ...more] = childrenOf(pid);
  expect(more).toEqual([]);
  await call('query_mirror', { sql: 'SELECT nothing' });
  await call('query_mirror', { sql: 'SELECT 2' });
  expect(childrenOf(pid)).toEqual([child]);
  expect((await call('query_mirror', { sql: 'SELECT zeroblob(530000000)' })).text).toContain('512 MB');
  expect((await call('query_mirror', { sql: 'SELECT 3' })).structured).toMatchObject({ rows: [[3]] });
  expect(childrenOf(pid)).not.toContain(child);
});

/** A guard of this process, on a mirror without rows. To be quick, a statement has so many times as long as usual. */
function guarded(env: Record<string, string> = {}, times = 1) {
  const { file } = createTempMirror(createFakeClock());
  let late = 0;
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      const isQuick = ms < 1000;
      await systemClock.sleep(isQuick ? ms * times : ms, signal);
      if (isQuick) late += 1;
    },
  };
  const guard = createSqlGuard({ clock, env, access: { of: 'owner', ...testOwner } });
  onTestFinished(() => guard.stop());
  const limits = { rows: 10, columns: 10, cellChars: 100, rowChars: 1000, totalChars: 1000 };
  return {
    /** How many statements were found to be no quick ones. */
    late: () => late,
    stop: guard.stop,
    ask: (caller: object, sql: string, signal?: AbortSignal) =>
      guard.ask({ file, sql, limits }, { caller, timeoutMs: 600_000, ...(signal ? { signal } : {}) }),
  };
}

test("a caller's slow statements keep neither another's nor its own quick ones waiting, and end with it", async () => {
  // On a busy machine the quick ones, too, may take longer than usual.
  const { ask } = guarded({}, 5);
  const [one, two] = [{}, {}];
  const leave = new AbortController();
  const slow = Array.from({ length: 5 }, () => ask(one, runaway, leave.signal));
  const ended = Promise.allSettled(slow);
  let isEnded = false;
  void Promise.race(slow).catch(() => {
    isEnded = true;
  });
  expect(await ask(two, 'SELECT 2 AS n')).toMatchObject({ rows: [[2]] });
  expect(await ask(one, 'SELECT 1 AS n')).toMatchObject({ rows: [[1]] });
  expect(isEnded).toBe(false);
  leave.abort(new Error('it went away'));
  expect(await ended).toEqual(slow.map(() => ({ status: 'rejected', reason: new Error('it went away') })));
  expect(await ask(two, 'SELECT 3 AS n')).toMatchObject({ rows: [[3]] });
});

test('a guard that stops ends what runs and what waits, and starts nothing more', async () => {
  const { ask, stop } = guarded();
  const caller = {};
  const asked = Array.from({ length: 4 }, () => ask(caller, runaway));
  const ended = Promise.allSettled(asked);
  await stop();
  const told = new StoppedError('The server is stopping.');
  expect(await ended).toEqual(asked.map(() => ({ status: 'rejected', reason: told })));
  await expect(ask(caller, 'SELECT 1')).rejects.toThrow(told);
});

test.runIf(isLong)(
  'a statement that found no place among the slow ones begins anew when there is one, and is answered',
  async () => {
    const { ask, late } = guarded();
    const caller = {};
    const leave = new AbortController();
    const held = [1, 2].map(() => ask(caller, runaway, leave.signal));
    const ended = Promise.allSettled(held);
    const counting = runaway.replace('FROM c)', 'FROM c LIMIT 5000000)');
    const asked = ask(caller, counting);
    await expect.poll(late).toBe(3);
    leave.abort(new Error('ended'));
    await ended;
    expect(await asked).toMatchObject({ rows: [[5_000_000]] });
  },
  120_000,
);

test.runIf(platform === 'linux')('a child gets nothing of the environment but what the platform needs', async () => {
  const secrets = {
    DUNETRACE_API_KEY: 'dt_secret',
    DUNETRACE_HTTP_TOKEN: 'http_secret',
    NODE_OPTIONS: '--no-warnings',
  };
  const { ask } = guarded({ ...secrets, HOME: '/home/somebody', PATH: '/bin', TZ: 'Asia/Tokyo' });
  const answer = await ask({}, "SELECT datetime(0, 'unixepoch', 'localtime')");
  expect(answer.rows).toEqual([['1970-01-01 09:00:00']]);
  const [child = 0] = childrenOf(process.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('child.js'),
  );
  const names = readFileSync(`/proc/${child}/environ`, 'utf8')
    .split('\0')
    .filter(Boolean)
    .map((line) => line.split('=')[0]);
  expect(names.sort()).toEqual(['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'TZ']);
});

test('a child works where the system has no /proc to tell how much memory a process has', async () => {
  const { file } = createTempMirror(createFakeClock());
  const blind = `process.memoryUsage.rss = () => { throw new Error('no /proc'); };`;
  const script = fileURLToPath(new URL('../../dist/child.js', import.meta.url));
  const child = fork(script, [], {
    execArgv: [`--import=data:text/javascript,${encodeURIComponent(blind)}`],
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect((await once(child, 'message'))[0]).toEqual({ say: 'ready' });
  const limits = { rows: 1, columns: 1, cellChars: 100, rowChars: 100, totalChars: 100 };
  child.send({ ask: 'rows', file, access: { of: 'owner', ...testOwner }, sql: 'SELECT 1 AS n', limits });
  expect((await once(child, 'message'))[0]).toMatchObject({ say: 'rows', rows: [[1]], isWell: true });
});

test.runIf(platform === 'linux')('a call that is cancelled ends its process', async () => {
  const { client, pid } = await served();
  const cancel = new AbortController();
  const asked = client.callTool({ name: 'query_mirror', arguments: { sql: runaway } }, undefined, {
    signal: cancel.signal,
  });
  const refused = expect(asked).rejects.toThrow();
  await expect.poll(() => childrenOf(pid)).toHaveLength(1);
  cancel.abort();
  await refused;
  await expect.poll(() => childrenOf(pid)).toEqual([]);
});

test.runIf(platform === 'linux').each(['SIGKILL', 'SIGTERM'] as const)(
  'no child outlives a server that ends by %s in the middle of a query',
  async (signal) => {
    const { client, call, pid } = await served();
    await call('query_mirror', { sql: 'SELECT 1' });
    const [warm = 0] = childrenOf(pid);
    const asked = [1, 2].map(() => client.callTool({ name: 'query_mirror', arguments: { sql: runaway } }));
    const lost = Promise.allSettled(asked);
    await expect.poll(() => childrenOf(pid)).toHaveLength(2);
    const children = childrenOf(pid);
    expect(children).toContain(warm);
    process.kill(pid, signal);
    await expect.poll(() => children.filter(isAlive)).toEqual([]);
    await client.close();
    await lost;
  },
);
