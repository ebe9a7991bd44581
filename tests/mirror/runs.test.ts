import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Mirror, openMirror } from '../../src/db/open.ts';
import { mergeRun, type RunRow } from '../../src/lists/runs.ts';
import { createStore } from '../../src/mirror/store.ts';

type Known = NonNullable<Parameters<typeof mergeRun>[0]>;

const whole: Known = { startedAt: 1000, completedAt: 1010, stepCount: 7, totalTokens: 4200, costUsd: 0.125 };
const expired: Known = { startedAt: null, completedAt: null, stepCount: 0, totalTokens: 0, costUsd: 0 };
const nothing: Known = { startedAt: null, completedAt: null, stepCount: null, totalTokens: null, costUsd: null };

describe('a run as the mirror is to hold it', () => {
  test('is the one that came, when none was known', () => {
    expect(mergeRun(undefined, whole)).toEqual({ ...whole, eventsExpired: false });
    expect(mergeRun(undefined, expired)).toEqual({ ...expired, eventsExpired: true });
    expect(mergeRun(undefined, nothing)).toEqual({ ...nothing, eventsExpired: true });
  });

  test('is the one that came, when that is whole', () => {
    const next = { ...whole, stepCount: 5, totalTokens: 0, costUsd: null };
    expect(mergeRun(whole, next)).toEqual({ ...next, eventsExpired: false });
    expect(mergeRun(expired, next)).toEqual({ ...next, eventsExpired: false });
    expect(mergeRun(nothing, next)).toEqual({ ...next, eventsExpired: false });
  });

  test('keeps what its expired row lacks', () => {
    expect(mergeRun(whole, expired)).toEqual({ ...whole, eventsExpired: true });
    expect(mergeRun(whole, nothing)).toEqual({ ...whole, eventsExpired: true });
    expect(mergeRun(whole, { ...expired, completedAt: 1010 })).toEqual({ ...whole, eventsExpired: true });
    expect(mergeRun(whole, { ...expired, startedAt: 1000, stepCount: 3 })).toEqual({ ...whole, eventsExpired: true });
  });

  test('takes what its expired row still tells', () => {
    const bare = { ...nothing, startedAt: 1000 };
    expect(mergeRun(bare, { ...expired, totalTokens: 10, costUsd: 0.5 })).toMatchObject({
      startedAt: 1000,
      totalTokens: 10,
      costUsd: 0.5,
      eventsExpired: true,
    });
  });

  test('has the 0 that its expired row tells where no number is known', () => {
    expect(mergeRun(nothing, expired)).toEqual({ ...expired, eventsExpired: true });
  });

  test('invents no number where neither row has one', () => {
    expect(mergeRun(nothing, nothing)).toEqual({ ...nothing, eventsExpired: true });
  });

  test('leaves the fields that do not expire as they came', () => {
    const next = { ...expired, runId: 'r', signalCount: 3, extra: '{"a":1}' };
    expect(mergeRun(whole, next)).toEqual({ ...next, ...whole, eventsExpired: true });
  });
});

describe('whatever rows come', () => {
  const time = fc.option(fc.integer({ min: 1, max: 2_000_000_000 }));
  const count = fc.option(fc.nat({ max: 1000 }));
  const run: fc.Arbitrary<Known> = fc.record({
    startedAt: time,
    completedAt: time,
    stepCount: count,
    totalTokens: count,
    costUsd: count,
  });
  const empty = fc.constantFrom(null, 0);
  const expiredRun: fc.Arbitrary<Known> = fc.record({
    startedAt: fc.constant(null),
    completedAt: fc.constant(null),
    stepCount: empty,
    totalTokens: empty,
    costUsd: empty,
  });

  test('nothing that is known is lost by expiry', () => {
    fc.assert(
      fc.property(run, expiredRun, (known, incoming) => {
        const merged = mergeRun(known, incoming);
        expect(merged.eventsExpired).toBe(true);
        for (const field of ['startedAt', 'completedAt', 'stepCount', 'totalTokens', 'costUsd'] as const) {
          if (known[field]) expect(merged[field]).toBe(known[field]);
        }
      }),
    );
  });

  test('a time that is known stays known, over any history', () => {
    fc.assert(
      fc.property(fc.array(run, { minLength: 1 }), (history) => {
        let known: Known | undefined;
        for (const incoming of history) {
          const merged = mergeRun(known, incoming);
          for (const field of ['startedAt', 'completedAt'] as const) {
            if (incoming[field] !== null) expect(merged[field]).toBe(incoming[field]);
            else if (known) expect(merged[field]).toBe(known[field]);
          }
          if (merged.eventsExpired && known) expect(merged.stepCount ?? 0).toBeGreaterThanOrEqual(known.stepCount ?? 0);
          known = merged;
        }
      }),
    );
  });

  test('a row that comes twice changes nothing the second time', () => {
    fc.assert(
      fc.property(run, fc.oneof(run, expiredRun), (known, incoming) => {
        const once = mergeRun(known, incoming);
        const { eventsExpired: _, ...stored } = once;
        expect(mergeRun(stored, incoming)).toEqual(once);
      }),
    );
  });
});

describe('in the file', () => {
  let folder = '';
  let mirror: Mirror;
  const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
  const listed: RunRow = {
    runId: 'r',
    agentVersion: 'v1',
    startedAt: 1000.25,
    completedAt: 1010.5,
    exitReason: 'run.completed',
    stepCount: 9,
    signalCount: 1,
    hasSignals: true,
    totalTokens: 4200,
    costUsd: 0.125,
    extra: null,
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'dunetrace-runs-'));
    mirror = openMirror(join(folder, 'mirror.db'), { apiUrl: 'http://x', apiKey: 'k' }, clock).mirror;
  });

  afterEach(() => {
    mirror.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const row = () => mirror.sqlite.prepare("select * from v_runs where run_id = 'r'").get();

  function connect() {
    const { runs, agents } = createStore(mirror);
    const agent = agents.ensure('a');
    const put = (next: RunRow, pass: number) =>
      runs.put(next, runs.lookup([next.runId]).get(next.runId), { agent, pass });
    return { runs, agent, put };
  }

  test('a run is read back as it was listed', () => {
    connect().put(listed, 1);
    expect(row()).toMatchObject({
      run_id: 'r',
      agent_id: 'a',
      agent_version: 'v1',
      started_at: 1000.25,
      completed_at: 1010.5,
      exit_reason: 'run.completed',
      step_count: 9,
      has_signals: 1,
      cost_usd: 0.125,
      events_expired: 0,
      started_at_iso: '1970-01-01T00:16:40.250Z',
      completed_at_iso: '1970-01-01T00:16:50.500Z',
      gone_at: null,
    });
  });

  test('an expired row keeps all that was known, and its version and exit reason when it lacks them', () => {
    const { put } = connect();
    put(listed, 1);
    const before = row();
    const empty = { startedAt: null, completedAt: null, stepCount: 0, totalTokens: 0, costUsd: 0 };
    put({ ...listed, ...empty, agentVersion: null, exitReason: null }, 2);
    expect(row()).toEqual({ ...Object(before), events_expired: 1 });
  });

  test("a detail's step count never replaces the list's", () => {
    const { put, runs, agent } = connect();
    put(listed, 1);
    runs.putDetail({ ...listed, stepCount: 30, signalCount: null }, agent, 2000);
    expect(row()).toMatchObject({ step_count: 9, signal_count: 1 });
  });

  test('a detail fills in what the list did not tell', () => {
    const { put, runs, agent } = connect();
    put({ ...listed, totalTokens: null, costUsd: null }, 1);
    runs.putDetail(listed, agent, 2000);
    expect(row()).toMatchObject({ total_tokens: 4200, cost_usd: 0.125 });
  });

  test('a detail of a run that lost its events marks it, and loses nothing', () => {
    const { put, runs, agent } = connect();
    put(listed, 1);
    runs.putDetail({ ...listed, startedAt: null, completedAt: null, stepCount: 0 }, agent, 2000);
    expect(row()).toMatchObject({ started_at: 1000.25, completed_at: 1010.5, step_count: 9, events_expired: 1 });
  });

  test('a run that no list has shown is in no view, until one does', () => {
    const { put, runs, agent } = connect();
    const id = runs.ensure('r', agent);
    expect(runs.ensure('r', agent)).toBe(id);
    runs.putDetail({ ...listed, stepCount: 30 }, agent, 2000);
    expect(row()).toBeUndefined();
    put(listed, 1);
    expect(row()).toMatchObject({ step_count: 9 });
    expect(runs.ensure('r', agent)).toBe(id);
  });

  test('a run that a pass did not see is marked gone, once, and comes back when it is listed', () => {
    const { put, runs, agent } = connect();
    put(listed, 1);
    runs.markUnseen(agent, 1, 5000, 0);
    expect(row()).toMatchObject({ gone_at: null });
    runs.markUnseen(agent, 2, 5000, 0);
    runs.markUnseen(agent, 3, 6000, 0);
    expect(row()).toMatchObject({ gone_at: 5000, started_at: 1000.25 });
    expect(runs.countLive(agent)).toBe(0);
    put(listed, 3);
    expect(row()).toMatchObject({ gone_at: null });
    expect(runs.countLive(agent)).toBe(1);
  });
});
