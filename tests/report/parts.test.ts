import { describe, expect, test } from 'vitest';
import type { SignalItem } from '../../src/queries/signals.ts';
import { anchorOf } from '../../src/report/anchor.ts';
import { dollars } from '../../src/report/money.ts';
import { groupedSignals } from '../../src/report/signals-part.ts';

test.each([
  [null, '?'],
  [0, '$0.00'],
  [1350.666, '$1,350.67'],
  [0.787876, '$0.79'],
  [0.0123, '$0.01'],
  [0.0084, '$0.0084'],
  [0.000225, '$0.00023'],
  [1e-12, '$0.00000000'],
])('%s dollars are %s', (value, text) => {
  expect(dollars(value)).toBe(text);
});

const signal = (id: number, title: string, more: Partial<SignalItem> = {}): SignalItem => ({
  id,
  agentId: 'a',
  agentVersion: null,
  runId: `run-${id}`,
  failureType: 'TOOL_LOOP',
  severity: 'HIGH',
  stepIndex: null,
  confidence: null,
  detectedAt: 1_780_000_000 + id,
  title,
  what: '',
  whyItMatters: '',
  fixes: [],
  ...more,
});

describe('signals of one title', () => {
  const ids = (signals: readonly SignalItem[]) => groupedSignals(signals).map((group) => group.map(({ id }) => id));

  test('are one group, where its newest signal stands', () => {
    expect(ids([signal(5, 'loop'), signal(4, 'storm'), signal(3, 'loop'), signal(2, 'loop')])).toEqual([
      [5, 3, 2],
      [4],
    ]);
  });

  test('are not, if their type or severity differs', () => {
    const others = [signal(2, 'loop', { severity: 'LOW' }), signal(1, 'loop', { failureType: 'OTHER' })];
    expect(ids([signal(3, 'loop'), ...others])).toEqual([[3], [2], [1]]);
  });

  test('go by their type where they have no title', () => {
    expect(ids([signal(2, ''), signal(1, '')])).toEqual([[2, 1]]);
  });
});

test('an anchor is the same for the same names, and safe for any', () => {
  expect(anchorOf('agent', '<img "x">')).toMatch(/^agent-[\da-f]{12}$/);
  expect(anchorOf('agent', 'a')).toBe(anchorOf('agent', 'a'));
  expect(anchorOf('signals', 'a', 'bc')).not.toBe(anchorOf('signals', 'ab', 'c'));
});
