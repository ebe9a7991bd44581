import { expect, onTestFinished, test } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import { createSqlGuard } from '../../src/guarded-sql/guard.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror, testOwner } from '../support/temp-mirror.ts';

const seconds = 10;
/** Two rows that are each larger than a pipe holds, and then nothing. */
const stuck = `SELECT hex(zeroblob(100000)) AS x UNION ALL SELECT hex(zeroblob(100000))
  UNION ALL SELECT count(*) FROM (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c)`;
const many = `WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 50000) SELECT n, '${'x'.repeat(40)}' FROM c`;

/** A guard, and a clock that stands still but for what a test says. */
function guarded() {
  const clock = createFakeClock();
  const { file } = createTempMirror(clock);
  const guard = createSqlGuard({ clock, env: {}, access: { of: 'owner', ...testOwner } });
  onTestFinished(() => guard.stop());
  const limits = { rows: 1e9, columns: 10, cellChars: 1e6 };
  const stream = (sql: string, write: () => Promise<void>, signal?: AbortSignal) =>
    guard.stream({ file, sql, limits, format: 'csv', isTerminal: false }, { timeoutMs: seconds * 1000, write, signal });
  return { clock, stream };
}

test('an export goes on for as long as its rows do, and for as long as its reader takes', async () => {
  const { clock, stream } = guarded();
  let parts = 0;
  const streamed = await stream(many, async () => {
    parts += 1;
    clock.advance(100 * seconds);
  });
  expect(streamed).toEqual({ rows: 50_000, truncated: false, cutCells: 0 });
  expect(parts).toBeGreaterThan(10);
});

test('a statement that has no more rows for so long is ended', async () => {
  const { clock, stream } = guarded();
  let taken = 0;
  const streamed = stream(stuck, async () => {
    taken += 1;
  });
  const outcome = streamed.catch((error: unknown) => error);
  await expect.poll(() => taken).toBeGreaterThanOrEqual(2);
  let isOver = false;
  void outcome.then(() => {
    isOver = true;
  });
  await expect.poll(() => clock.advance(seconds) ?? isOver).toBe(true);
  expect(await outcome).toBeInstanceOf(UsageError);
  expect(String(await outcome)).toContain('went on for 10 s without a row');
});

test('who does not take the rows can still end it', async () => {
  const { stream } = guarded();
  const stop = new AbortController();
  let begun = () => {};
  const isBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const never = new Promise<void>(() => {});
  const streamed = stream(
    many,
    () => {
      begun();
      return never;
    },
    stop.signal,
  );
  await isBegun;
  stop.abort(new Error('enough'));
  await expect(streamed).rejects.toThrow('enough');
});
