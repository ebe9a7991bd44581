import { expect, test } from 'vitest';
import { createSessions } from '../../src/mcp/sessions.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test('a session is idle once nothing was open for longer than the limit', () => {
  const clock = createFakeClock();
  const sessions = createSessions<string>({ clock, max: 10, idleMs: 60_000 });
  sessions.add('1', 'one');
  sessions.add('2', 'two');
  const endStream = sessions.use('2', 'streams');
  const endRequest = sessions.use('2', 'requests');
  clock.advance(60);
  expect(sessions.idle()).toEqual([]);
  clock.advance(1);
  expect(sessions.idle()).toEqual(['one']);
  endRequest();
  clock.advance(3600);
  expect(sessions.idle()).toEqual(['one']);
  endStream();
  clock.advance(60);
  expect(sessions.idle()).toEqual(['one']);
  clock.advance(1);
  expect(sessions.idle()).toEqual(['one', 'two']);
});

test('there is room for `max`, and again once one is gone', () => {
  const sessions = createSessions<string>({ clock: createFakeClock(), max: 2, idleMs: 1 });
  sessions.add('1', 'one');
  expect(sessions.isFull()).toBe(false);
  sessions.add('2', 'two');
  expect(sessions.isFull()).toBe(true);
  const end = sessions.use('1', 'requests');
  sessions.remove('1');
  end();
  expect(sessions.isFull()).toBe(false);
  expect(sessions.get('1')).toBeUndefined();
  expect(sessions.all()).toEqual(['two']);
});

test('the idlest session is the one that asked nothing for longest, though it streams; one that waits is none', () => {
  const clock = createFakeClock();
  const sessions = createSessions<string>({ clock, max: 3, idleMs: 1 });
  expect(sessions.idlest()).toBeUndefined();
  sessions.add('1', 'one');
  clock.advance(1);
  sessions.add('2', 'two');
  expect(sessions.idlest()).toBe('one');
  const end = sessions.use('1', 'requests');
  expect(sessions.idlest()).toBe('two');
  clock.advance(1);
  end();
  expect(sessions.idlest()).toBe('two');
  expect(sessions.requestsOf('1')).toBe(0);
  sessions.use('2', 'streams');
  clock.advance(1);
  sessions.use('1', 'requests')();
  expect(sessions.idlest()).toBe('two');
});
