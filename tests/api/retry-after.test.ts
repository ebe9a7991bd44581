import { afterEach, expect, test } from 'vitest';
import { retryAfterMs, untilText } from '../../src/api/retry-after.ts';
import { apiError, clientFor, closeAll, serveAnswers, steppingClock } from './harness.ts';

afterEach(closeAll);

const now = Date.parse('2026-05-13T13:19:00Z') / 1000;
const hour = 3_600_000;

test('reads Retry-After in seconds and as a date', () => {
  expect(retryAfterMs('7', now)).toBe(7000);
  expect(retryAfterMs(' 0.5 ', now)).toBe(500);
  expect(retryAfterMs(['3', '9'], now)).toBe(3000);
  expect(retryAfterMs('Wed, 13 May 2026 13:19:30 GMT', now)).toBe(30_000);
  expect(retryAfterMs('Wed, 13 May 2026 13:18:00 GMT', now)).toBe(0);
  for (const unclear of [undefined, '', ' ', 'soon']) expect(retryAfterMs(unclear, now)).toBeUndefined();
});

test.each([
  ['a moment, in seconds', String(now + 42), 42_000],
  ['a moment, in milliseconds', String((now + 42) * 1000), 42_000],
  ['a moment that is over', String(now - 42), 0],
  ['a year, in seconds', '31536000', hour],
  ['a year, as a date', 'Thu, 13 May 2027 13:19:00 GMT', hour],
  ['more digits than any moment has', '9'.repeat(400), hour],
])('reads %s, and no longer than an hour', (_, header, ms) => {
  expect(retryAfterMs(header, now)).toBe(ms);
});

test('until when, by the clock', () => {
  expect(untilText(90_000, now)).toBe(' until 13:20:30 UTC');
  expect(untilText(undefined, now)).toBe('');
});

test.each([
  ['300', '13:24:00'],
  [String(now + 86_400), '14:19:00'],
])('a 429 (Retry-After: %s) tells until when, also who asks after it', async (header, until) => {
  const server = await serveAnswers({ status: 429, headers: { 'retry-after': header } });
  const client = clientFor(server.url, steppingClock(now));
  for (const path of ['/a', '/b']) {
    const error = await apiError(client.get(path, {}));
    expect(error.message).toContain(`limits the rate of this key (429) until ${until} UTC. Wait, or`);
  }
  expect(server.seen).toEqual(['/a']);
});
