import { expect, test } from 'vitest';
import { wireAgent } from '../../src/lists/agents.ts';
import { wireEvent } from '../../src/lists/run-detail.ts';
import { wireRun } from '../../src/lists/runs.ts';
import { wireSignal } from '../../src/lists/signals.ts';

const now = 1_780_000_000;
const signal = { id: 1, failure_type: 'TOOL_LOOP', severity: 'LOW', run_id: 'r', agent_id: 'a', detected_at: now };
const run = { run_id: 'r', agent_id: 'a' };

/** Each list's row with a time in it, and whether it can be read. */
const rows = (time: unknown) => ({
  'last seen': wireAgent.safeParse({ agent_id: 'a', last_seen: time }).success,
  started: wireRun.safeParse({ ...run, started_at: time }).success,
  completed: wireRun.safeParse({ ...run, completed_at: time }).success,
  detected: wireSignal.safeParse({ ...signal, detected_at: time }).success,
  happened: wireEvent.safeParse({ event_type: 'tool.called', timestamp: time }).success,
});

const all = (isRead: boolean) => ({
  'last seen': isRead,
  started: isRead,
  completed: isRead,
  detected: isRead,
  happened: isRead,
});

test.each([0, now, now + 0.5, 4_102_444_799])('%d is a time', (time) => {
  expect(rows(time)).toEqual(all(true));
});

test.each([now * 1000, now * 1e6, now * 1e9, 1_795_857_768_000, -1, 1e300, '2026-05-13T13:19:00Z'])(
  '%s is none, and makes a row unreadable',
  (time) => {
    expect(rows(time)).toEqual(all(false));
  },
);
