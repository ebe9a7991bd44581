import { expect, onTestFinished, test } from 'vitest';
import { ApiError, LostLeaseError } from '../../src/errors.ts';
import type { Facts } from '../../src/log.ts';
import type { Outage } from '../../src/sync/circuit.ts';
import type { PassSummary } from '../../src/sync/pass-state.ts';
import { createPoller } from '../../src/sync/poller.ts';
import type { Syncer } from '../../src/sync/syncer.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const summary: PassSummary = {
  agents: 0,
  skipped: 0,
  added: { runs: 0, signals: 0 },
  requests: 1,
  bytes: 0,
  seconds: 0,
  badRows: 0,
  failures: [],
};

const down = new ApiError('unreachable', 'gone fishing');

/** What a poller asks of the mirror besides passes and the lease: nothing is known of the API, and somebody asked just now. */
function quietSyncer() {
  let outage: Outage | undefined;
  return {
    outage: () => outage,
    saveOutage: (next: Outage | undefined) => {
      outage = next;
    },
    probe: async (): Promise<ApiError | undefined> => undefined,
    sinceCall: () => 0,
  };
}

interface PollOptions {
  hasLease?: () => boolean;
  /** What probes come to, in their turn; from then on the API is up. */
  probes?: readonly (ApiError | undefined)[];
  /** What is done in the pauses. */
  work?: Syncer['catchUp'];
}

/** A poller over scripted passes: each is an error, or nothing. The clock moves by itself; it stops after `passes`. */
async function poll(
  outcomes: readonly (Error | undefined)[],
  { hasLease = (): boolean => true, work = async () => {}, probes = [] }: PollOptions = {},
) {
  const clock = createFakeClock(0, { autoAdvance: true });
  const stop = new AbortController();
  const told: string[] = [];
  const events: Facts[] = [];
  const passesAt: number[] = [];
  const probesAt: number[] = [];
  const leases: boolean[] = [];
  const quiet = quietSyncer();
  let pauses = 0;
  let released = 0;
  const poller = createPoller({
    clock: {
      ...clock,
      sleep: async (ms, signal) => (ms === 10_000 && hasLease() ? await forever(signal) : clock.sleep(ms, signal)),
    },
    random: () => 0.5,
    pollMs: 30_000,
    log: {
      info: (text) => told.push(text),
      warn: (text) => told.push(`warning: ${text}`),
      event: (name, facts) => events.push({ name, ...facts }),
    },
    syncer: {
      ...quiet,
      probe: async () => {
        probesAt.push(clock.now());
        return probes[probesAt.length - 1];
      },
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
  return { ended, told, events, passesAt, probesAt, pauses, released, leases, outage: quiet.outage() };
}

/** The renewal of the lease sleeps until the poller ends. */
const forever = (signal: AbortSignal | undefined) =>
  new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }));

test('it polls, backs off while the API is away, tells that once, and tells when it is back', async () => {
  const { ended, told, passesAt, pauses, released } = await poll([undefined, down, down, undefined, undefined]);
  expect(ended).toBe('ended');
  expect(passesAt).toEqual([0, 30, 31, 33, 63]);
  expect(pauses).toBe(3);
  expect(told).toEqual(['warning: gone fishing', 'passes succeed again']);
  expect(released).toBe(1);
});

test('after three failed passes it only probes, ever more seldom; once the API is up, it passes at once', async () => {
  const probes = [down, down, down, down, undefined];
  const { passesAt, probesAt, told, events, outage } = await poll([undefined, down, down, down, undefined, undefined], {
    probes,
  });
  expect(passesAt).toEqual([0, 30, 31, 33, 153, 183]);
  expect(probesAt).toEqual([37, 45, 61, 93, 153]);
  expect(events).toEqual([
    { name: 'lease_taken' },
    { name: 'api_down', error: 'unreachable', failures: 3 },
    { name: 'api_up' },
  ]);
  expect(outage).toBeUndefined();
  expect(told).toEqual(['warning: gone fishing', 'passes succeed again']);
});

test('an API that fails with 500 counts as down too; one that refuses the key, or asks for patience, does not', async () => {
  const failing = new ApiError('server_error', 'it has a cold');
  const worse = await poll([failing, failing, failing, undefined]);
  expect(worse.probesAt).toHaveLength(1);
  const refused = new ApiError('unauthorized', 'no such key');
  const limited = new ApiError('rate_limited', 'slow down');
  const { probesAt, passesAt } = await poll([failing, failing, refused, limited, failing, failing, undefined]);
  expect(probesAt).toEqual([]);
  expect(passesAt).toEqual([0, 1, 3, 7, 15, 31, 63]);
});

test('what the outage is told as: how often, since when, why, and when the next try is', async () => {
  const { outage } = await poll([undefined, down, down]);
  expect(outage).toEqual({
    failures: 2,
    since: 30,
    kind: 'unreachable',
    why: 'gone fishing',
    failedAt: 31,
    nextTryAt: 33,
  });
});

test('a lease that was lost in a pass is no failure: another process goes on with it', async () => {
  const { told, passesAt, outage } = await poll([undefined, new LostLeaseError('lost'), undefined]);
  expect(told).toEqual([]);
  // Not at once: were it lost in each pass, nothing would hold the thread back.
  expect(passesAt).toEqual([0, 30, 31]);
  expect(outage).toBeUndefined();
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
      ...quietSyncer(),
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

/** A poller whose passes end at once, on a clock that is moved by hand; `elapse` gives it time to do what is due. */
function drivenPoller(changes: { newRuns?: number; sinceCall?: () => number } = {}) {
  const clock = createFakeClock(0);
  const stop = new AbortController();
  const passesAt: number[] = [];
  const poller = createPoller({
    clock,
    random: () => 0.5,
    pollMs: 30_000,
    log: { info: () => {}, warn: () => {} },
    syncer: {
      ...quietSyncer(),
      sinceCall: changes.sinceCall ?? (() => 0),
      takeLease: () => true,
      releaseLease: () => {},
      catchUp: async () => {},
      fleet: async () => {
        passesAt.push(clock.monotonic() / 1000);
        return { ...summary, added: { runs: changes.newRuns ?? 0, signals: 0 } };
      },
    },
  });
  const settle = async () => {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  };
  const running = poller.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  return {
    clock,
    passesAt,
    settle,
    wake: poller.wake,
    elapse: async (seconds: number) => {
      for (let n = 0; n < seconds; n += 1) {
        await settle();
        clock.advance(1);
      }
      await settle();
    },
  };
}

test('what a pass brings makes it quick; what came before it began does not', async () => {
  const changes = { newRuns: 1 };
  const { passesAt, elapse } = drivenPoller(changes);
  await elapse(30);
  expect(passesAt).toEqual([0, 30]);
  changes.newRuns = 0;
  await elapse(60);
  expect(passesAt.slice(2)).toEqual([35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85]);
  await elapse(60);
  expect(passesAt.slice(13)).toEqual([115, 145]);
});

test('when nobody asks it is slow; who asks then has it pass at once, and as usual from then on', async () => {
  let calledAt = -600;
  const { clock, passesAt, elapse, wake, settle } = drivenPoller({
    sinceCall: () => clock.monotonic() - calledAt * 1000,
  });
  await elapse(130);
  expect(passesAt).toEqual([0, 120]);
  await elapse(70);
  calledAt = 200;
  wake();
  await settle();
  expect(passesAt).toEqual([0, 120, 200]);
  await elapse(5);
  wake();
  await elapse(25);
  expect(passesAt).toEqual([0, 120, 200, 230]);
});

test('a mirror that can not be read in a pause ends nothing', async () => {
  const { passesAt, elapse } = drivenPoller({
    sinceCall: () => {
      throw new Error('disk I/O error');
    },
  });
  await elapse(60);
  expect(passesAt).toEqual([0, 30, 60]);
});

test('a call of another process is noticed at the next look', async () => {
  let calledAt = -600;
  const { clock, passesAt, elapse } = drivenPoller({ sinceCall: () => clock.monotonic() - calledAt * 1000 });
  await elapse(63);
  calledAt = 63;
  await elapse(7);
  expect(passesAt).toEqual([0, 70]);
});

test('a pause that was slept through is made up for by one pass, at once', async () => {
  const { clock, passesAt, elapse } = drivenPoller();
  await elapse(5);
  clock.jump(8 * 3600);
  await elapse(10);
  expect(passesAt).toEqual([0, 10]);
  await elapse(24);
  expect(passesAt).toEqual([0, 10]);
  await elapse(1);
  expect(passesAt).toEqual([0, 10, 40]);
});

test('a clock that is set back delays nothing', async () => {
  const { clock, passesAt, elapse } = drivenPoller();
  await elapse(5);
  clock.jump(-3600);
  await elapse(25);
  expect(passesAt).toEqual([0, 30]);
});
