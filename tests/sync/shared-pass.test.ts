import { expect, test } from 'vitest';
import { StoppedError } from '../../src/errors.ts';
import type { PassOptions, PassSummary } from '../../src/sync/pass-state.ts';
import { createSharedPass } from '../../src/sync/shared-pass.ts';

const summary: PassSummary = {
  agents: 0,
  skipped: 0,
  added: { runs: 0, signals: 0 },
  requests: 0,
  bytes: 0,
  seconds: 0,
  badRows: 0,
  failures: [],
};

/** Passes that end when they are told to, or when their signal aborts. */
function setUp() {
  const begun: { options: PassOptions; end: () => void }[] = [];
  const join = createSharedPass(
    (options) =>
      new Promise((resolve, reject) => {
        begun.push({ options, end: () => resolve({ ...summary, agents: begun.length }) });
        options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      }),
  );
  return { begun, join };
}

test('who asks while a pass runs joins it, and hears of its progress', async () => {
  const { begun, join } = setUp();
  const heard: number[] = [];
  const first = join({ onProgress: ({ rows }) => heard.push(rows) });
  const second = join({ onProgress: ({ rows }) => heard.push(rows * 10) });
  begun[0]?.options.onProgress?.({ agentsDone: 0, agentsTotal: 1, rows: 5, rowsTotal: 9, listsDone: 0, listsTotal: 0 });
  begun[0]?.end();
  expect((await first).agents).toBe(1);
  expect(await second).toBe(await first);
  expect(heard).toEqual([5, 50]);
  const third = join();
  begun[1]?.end();
  expect((await third).agents).toBe(2);
});

test('who leaves is let go at once, and the pass goes on for the others', async () => {
  const { begun, join } = setUp();
  const leaving = new AbortController();
  const stays = join();
  const leaves = join({ signal: leaving.signal });
  leaving.abort(new StoppedError('enough'));
  await expect(leaves).rejects.toThrow('enough');
  expect(begun[0]?.options.signal?.aborted).toBe(false);
  begun[0]?.end();
  expect((await stays).agents).toBe(1);
});

test('the last one to leave ends the pass; who comes then gets a new one', async () => {
  const { begun, join } = setUp();
  const leaving = [new AbortController(), new AbortController()] as const;
  const gone = leaving.map(({ signal }) => expect(join({ signal })).rejects.toThrow('enough'));
  for (const abort of leaving) abort.abort(new StoppedError('enough'));
  expect(begun[0]?.options.signal?.aborted).toBe(true);
  const next = join();
  await Promise.all(gone);
  // The new one begins once the old one has ended.
  while (begun.length < 2) await Promise.resolve();
  begun[1]?.end();
  expect((await next).agents).toBe(2);
});

test('a pass anew waits for the one that has begun before, however that ends', async () => {
  const { begun, join } = setUp();
  const old = join();
  const anew = join({ newPass: true });
  const alsoAnew = join({ newPass: true });
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await old;
  while (begun.length < 2) await Promise.resolve();
  begun[1]?.end();
  expect((await anew).agents).toBe(2);
  expect(await alsoAnew).toBe(await anew);
  expect(begun).toHaveLength(2);
});

test('who has gone before a pass anew could begin starts none', async () => {
  const { begun, join } = setUp();
  const old = join();
  const leaving = new AbortController();
  const anew = join({ newPass: true, signal: leaving.signal });
  leaving.abort(new StoppedError('enough'));
  begun[0]?.end();
  await old;
  await expect(anew).rejects.toThrow('enough');
  expect(begun).toHaveLength(1);
});
