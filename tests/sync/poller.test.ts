import { expect, test } from 'vitest';
import { ApiError } from '../../src/errors.ts';
import type { PassSummary } from '../../src/sync/pass.ts';
import { createPoller, pauseMs } from '../../src/sync/poller.ts';
import type { Syncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const summary: PassSummary = {
  agents: 0,
  skipped: 0,
  newRuns: 0,
  newSignals: 0,
  requests: 1,
  bytes: 0,
  seconds: 0,
  badRows: 0,
  failures: [],
};

const down = new ApiError('unreachable', 'gone fishing');

test('the pause is the poll interval, doubles from a second after failures, and is jittered by a tenth', () => {
  expect(pauseMs(0, 30_000, 0.5)).toBe(30_000);
  expect(pauseMs(0, 30_000, 0)).toBe(27_000);
  expect([1, 2, 3, 4, 5, 6, 20].map((failures) => pauseMs(failures, 30_000, 0.5))).toEqual([
    1000, 2000, 4000, 8000, 16_000, 30_000, 30_000,
  ]);
  expect(pauseMs(30, 3_600_000, 0.5)).toBe(60_000);
  expect(pauseMs(3, 1000, 0.5)).toBe(1000);
});

interface PollOptions {
  hasLease?: () => boolean;
  /** What is done in the pauses. */
  work?: Syncer['catchUp'];
}

/** A poller over scripted passes: each is an error, or nothing. The clock moves by itself; it stops after `passes`. */
async function poll(
  outcomes: readonly (Error | undefined)[],
  { hasLease = (): boolean => true, work = async () => {} }: PollOptions = {},
) {
  const clock = createFakeClock(0, { autoAdvance: true });
  const stop = new AbortController();
  const told: string[] = [];
  const passesAt: number[] = [];
  const leases: boolean[] = [];
  let pauses = 0;
  let released = 0;
  const poller = createPoller({
    clock: {
      ...clock,
      sleep: async (ms, signal) => (ms === 10_000 && hasLease() ? await forever(signal) : clock.sleep(ms, signal)),
    },
    random: () => 0.5,
    pollMs: 30_000,
    log: { info: (text) => told.push(text), warn: (text) => told.push(`warning: ${text}`) },
    syncer: {
      takeLease: () => {
        const taken = hasLease();
        leases.push(taken);
        if (leases.length > 50) stop.abort();
        return taken;
      },
      releaseLease: () => {
        released += 1;
      },
      catchUp: (options) => {
        pauses += 1;
        return work(options);
      },
      fleet: async () => {
        const outcome = outcomes[passesAt.length];
        passesAt.push(clock.now());
        if (passesAt.length >= outcomes.length) stop.abort();
        if (outcome) throw outcome;
        return summary;
      },
    },
  });
  const ended = await poller.run(stop.signal).then(
    () => 'ended',
    (error: unknown) => error,
  );
  return { ended, told, passesAt, pauses, released, leases };
}

/** The renewal of the lease sleeps until the poller ends. */
const forever = (signal: AbortSignal | undefined) =>
  new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('it polls, backs off while the API is away, tells that once, and tells when it is back', async () => {
  const { ended, told, passesAt, pauses, released } = await poll([undefined, down, down, down, undefined, undefined]);
  expect(ended).toBe('ended');
  expect(passesAt).toEqual([0, 30, 31, 33, 37, 67]);
  expect(pauses).toBe(3);
  expect(told).toEqual(['warning: gone fishing', 'passes succeed again']);
  expect(released).toBe(1);
});

test('what is no trouble of the API is logged in full, once, and does not end it', async () => {
  const bug = new Error('the disk is full');
  const { ended, passesAt, told, released } = await poll([undefined, bug, bug, undefined]);
  expect(ended).toBe('ended');
  expect(passesAt).toEqual([0, 30, 31, 33]);
  expect(told).toEqual([`warning: a pass failed: ${bug.stack}`, 'passes succeed again']);
  expect(released).toBe(1);
});

test('a lease that can not be taken or renewed for a while does not end it', async () => {
  let turns = 0;
  const { ended, passesAt, told } = await poll([undefined, undefined], {
    hasLease: () => {
      turns += 1;
      if (turns === 2) throw new Error('the database is locked');
      return true;
    },
  });
  expect(ended).toBe('ended');
  expect(passesAt).toEqual([1, 31]);
  expect(told[0]).toContain('the database is locked');
});

test('without the lease it does not poll, but keeps asking for it', async () => {
  let turns = 0;
  const { passesAt, leases } = await poll([undefined], {
    hasLease: () => {
      turns += 1;
      return turns > 8;
    },
  });
  expect(passesAt).toHaveLength(1);
  expect(leases.filter((taken) => !taken).length).toBeGreaterThan(1);
});

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

test('what is done in a pause is told to end with it; no pass waits for it, and no other begins before it has ended', async () => {
  const told: string[] = [];
  let end = () => {};
  const { passesAt, pauses } = await poll([undefined, undefined, undefined, undefined], {
    work: async ({ ending }) => {
      told.push('begun');
      await aborted(ending);
      // A request that is under way as long as three passes take.
      if (told.length === 1) {
        await new Promise<void>((resolve) => {
          end = resolve;
          setImmediate(() => setImmediate(() => end()));
        });
      }
      told.push('ended');
    },
  });
  expect(passesAt).toEqual([0, 30, 60, 90]);
  expect(pauses).toBe(4);
  expect(told).toEqual(Array.from({ length: 4 }, () => ['begun', 'ended']).flat());
});

test('a lease that is lost in a pause ends what is done in it', async () => {
  const clock = createFakeClock(0);
  const stop = new AbortController();
  let holds = true;
  let ended = () => {};
  const work = new Promise<void>((resolve) => {
    ended = resolve;
  });
  const poller = createPoller({
    clock,
    random: () => 0.5,
    pollMs: 3_600_000,
    log: { info: () => {}, warn: () => {} },
    syncer: {
      takeLease: () => holds,
      releaseLease: () => {},
      fleet: async () => summary,
      catchUp: async ({ ending }) => {
        // Another process takes the file over; the next renewal finds out.
        holds = false;
        const stopped = aborted(ending).then(ended);
        clock.advance(10);
        await stopped;
      },
    },
  });
  const running = poller.run(stop.signal);
  await work;
  stop.abort();
  await running;
});
