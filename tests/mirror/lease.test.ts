import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Mirror, openMirror } from '../../src/db/open.ts';
import { LostLeaseError } from '../../src/errors.ts';
import { createLeaseStore, type Holder } from '../../src/mirror/lease.ts';

const clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };
const ada: Holder = { holder: 'ada-1', pid: 11, host: 'desk' };
const bob: Holder = { holder: 'bob-1', pid: 22, host: 'desk' };
const seconds = 90;

let folder = '';
const mirrors: Mirror[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunetrace-lease-'));
});

afterEach(() => {
  for (const mirror of mirrors.splice(0)) mirror.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The lease as another process sees it: through a connection of its own. */
function connect() {
  const { mirror } = openMirror(join(folder, 'mirror.db'), { apiUrl: 'http://x', apiKey: 'k' }, clock);
  mirrors.push(mirror);
  return { ...createLeaseStore(mirror), row: () => mirror.sqlite.prepare('select * from lease').all() };
}

test('is taken by the first, and says who has it', () => {
  const lease = connect();
  expect(lease.row()).toEqual([]);
  expect(lease.take(ada, 1000, seconds)).toBe(true);
  expect(lease.row()).toEqual([{ id: 1, holder: 'ada-1', pid: 11, host: 'desk', taken_at: 1000, expires_at: 1090 }]);
});

test('is refused to others while it is held', () => {
  const [first, second] = [connect(), connect()];
  first.take(ada, 1000, seconds);
  expect(second.take(bob, 1000, seconds)).toBe(false);
  expect(second.take(bob, 1089.9, seconds)).toBe(false);
  expect(second.row()).toEqual([expect.objectContaining({ holder: 'ada-1', expires_at: 1090 })]);
});

test('is prolonged by who has it, who keeps the time it was taken at', () => {
  const lease = connect();
  lease.take(ada, 1000, seconds);
  expect(lease.take(ada, 1060, seconds)).toBe(true);
  expect(lease.take(bob, 1100, seconds)).toBe(false);
  expect(lease.row()).toEqual([expect.objectContaining({ taken_at: 1000, expires_at: 1150 })]);
});

test('goes to another once it has run out, and the first one notices', () => {
  const [first, second] = [connect(), connect()];
  first.take(ada, 1000, seconds);
  expect(second.take(bob, 1090, seconds)).toBe(true);
  expect(first.take(ada, 1091, seconds)).toBe(false);
  expect(first.row()).toEqual([expect.objectContaining({ holder: 'bob-1', pid: 22, taken_at: 1090 })]);
});

test('is given up by who has it, and by nobody else', () => {
  const lease = connect();
  lease.take(ada, 1000, seconds);
  lease.release(bob);
  expect(lease.take(bob, 1001, seconds)).toBe(false);
  lease.release(ada);
  expect(lease.row()).toEqual([]);
  expect(lease.take(bob, 1002, seconds)).toBe(true);
});

test('taken under a clock that was far ahead holds nobody up', () => {
  const [first, second] = [connect(), connect()];
  first.take(ada, 4_000_000_000, seconds);
  expect(second.take(bob, 1000, seconds)).toBe(true);
  expect(first.take(ada, 1001, seconds)).toBe(false);
});

test('is what a write of the poller demands, in its own transaction', () => {
  const [first, second] = [connect(), connect()];
  expect(() => first.demand(ada)).toThrow(LostLeaseError);
  first.take(ada, 1000, seconds);
  expect(() => first.demand(ada)).not.toThrow();
  second.take(bob, 1000 + seconds, seconds);
  expect(() => first.demand(ada)).toThrow(LostLeaseError);
  expect(() => second.demand(bob)).not.toThrow();
});

test.each([
  ['forward', 3600],
  ['back', -3600],
])('a wall clock that jumps an hour %s locks nobody out, and lets no two believe that they have it', (_, jump) => {
  const [first, second] = [connect(), connect()];
  first.take(ada, 1_000_000, seconds);
  const now = 1_000_010 + jump;
  expect(second.take(bob, now, seconds)).toBe(true);
  expect(() => first.demand(ada)).toThrow(LostLeaseError);
  expect(first.take(ada, now + 1, seconds)).toBe(false);
});

test('is never had by two at once, whoever asks and whenever', () => {
  const steps = fc.array(fc.record({ who: fc.constantFrom(ada, bob), wait: fc.integer({ min: 0, max: 120 }) }));
  const lease = connect();
  let now = 1_000_000;
  fc.assert(
    fc.property(steps, (history) => {
      now += 1000;
      const heldUntil = new Map<Holder, number>();
      for (const { who, wait } of history) {
        now += wait;
        const held = [...heldUntil].some(([other, until]) => other !== who && until > now);
        expect(lease.take(who, now, seconds)).toBe(!held);
        if (!held) heldUntil.set(who, now + seconds);
      }
    }),
    { numRuns: 50 },
  );
});
