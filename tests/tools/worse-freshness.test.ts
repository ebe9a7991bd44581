import { expect, test } from 'vitest';
import type { Freshness } from '../../src/sync/freshness.ts';
import { worseFreshness } from '../../src/tools/worse-freshness.ts';

const live: Freshness = {
  source: 'live',
  synced_at: '2026-05-13T13:19:00.000Z',
  age_seconds: 3,
  stale: false,
  covered: true,
};
const stale: Freshness = {
  source: 'mirror',
  synced_at: '2026-05-13T11:19:00.000Z',
  age_seconds: 7203,
  stale: true,
  covered: false,
  note: 'the API is away',
};

test('two answers of one age are as fresh as either', () => {
  expect(worseFreshness(live, live)).toEqual(live);
  expect(worseFreshness(stale, stale)).toEqual(stale);
});

test('of two, the worse counts in each respect, whichever comes first', () => {
  const mixed: Freshness = { ...stale, covered: true, source: 'live' };
  const worse: Freshness = { ...stale, source: 'mirror' };
  for (const [one, other] of [
    [live, stale],
    [mixed, { ...live, source: 'mirror', covered: false }],
  ] as const) {
    expect(worseFreshness(one, other)).toEqual(worse);
    expect(worseFreshness(other, one)).toEqual(worse);
  }
  expect(worseFreshness(live, { ...live, source: 'temporary' }).source).toBe('temporary');
});

test('what was never known equal is older than all; both notes are told', () => {
  const never: Freshness = { ...live, synced_at: null, age_seconds: null, note: 'never yet' };
  expect(worseFreshness(stale, never)).toEqual({
    ...stale,
    synced_at: null,
    age_seconds: null,
    note: 'the API is away; never yet',
  });
});
