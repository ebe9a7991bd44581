import { readdirSync, readFileSync } from 'node:fs';
import { platform } from 'node:process';
import { expect, test } from 'vitest';
import { startFakeCustomerApi } from '../support/fake-customer-api.ts';
import { askUntil, connect, freshnessOf } from '../support/mcp-client.ts';
import { createPlace } from '../support/program.ts';
import { fillSmallFleet } from '../support/small-fleet.ts';

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

/** The processes that a process started; Linux tells. */
function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number),
  );
}

/** A process that ended is gone, or waits for somebody to ask how. */
function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
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

test('more calls than lanes wait for their turn, and all are answered', async () => {
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

test.runIf(platform === 'linux')('a call that is cancelled ends its process', async () => {
  const { client, pid } = await served();
  const cancel = new AbortController();
  const asked = client.callTool({ name: 'query_mirror', arguments: { sql: runaway } }, undefined, {
    signal: cancel.signal,
  });
  const refused = expect(asked).rejects.toThrow();
  await expect.poll(() => childrenOf(pid), { timeout: 20_000 }).toHaveLength(1);
  cancel.abort();
  await refused;
  await expect.poll(() => childrenOf(pid), { timeout: 20_000 }).toEqual([]);
});

test.runIf(platform === 'linux').each(['SIGKILL', 'SIGTERM'] as const)(
  'no child outlives a server that ends by %s in the middle of a query',
  async (signal) => {
    const { client, call, pid } = await served();
    await call('query_mirror', { sql: 'SELECT 1' });
    const [warm = 0] = childrenOf(pid);
    const asked = [1, 2].map(() => client.callTool({ name: 'query_mirror', arguments: { sql: runaway } }));
    const lost = Promise.allSettled(asked);
    await expect.poll(() => childrenOf(pid), { timeout: 20_000 }).toHaveLength(2);
    const children = childrenOf(pid);
    expect(children).toContain(warm);
    process.kill(pid, signal);
    await expect.poll(() => children.filter(isAlive), { timeout: 20_000 }).toEqual([]);
    await client.close();
    await lost;
  },
);
