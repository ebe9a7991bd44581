import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { orderAxis, timeAxis } from '../../src/pictures/run-axis.ts';
import { type RunEvent, type RunSignal, spansOf } from '../../src/pictures/run-events.ts';
import { lanesOf, placeSignals } from '../../src/pictures/run-lanes.ts';
import { runPair } from '../../src/pictures/run-pair.ts';
import { runTimeline } from '../../src/pictures/run-timeline.ts';

const event = (index: number, type: string, step: number | null, at: number | null = index): RunEvent => ({
  index,
  type,
  step,
  at,
  facts: [],
  isFailure: false,
});

const signal = (id: number, step: number | null): RunSignal => ({
  id,
  failureType: 'TOOL_LOOP',
  severity: 'HIGH',
  step,
  title: 'a loop',
});

const run = [
  event(0, 'run.started', 0),
  event(1, 'llm.called', 1),
  event(2, 'llm.responded', 1),
  event(3, 'tool.called', 2),
  event(4, 'tool.called', 3),
  event(5, 'tool.responded', 3),
  event(6, 'tool.responded', 2),
  event(7, 'retrieval.responded', 4),
  event(8, 'policy.triggered', 5),
];

describe('events', () => {
  test('a call is joined with the response of its step, and stands in the lane of its kind', () => {
    expect(spansOf(run).map(({ lane, first, last }) => [lane, first.index, last.index])).toEqual([
      ['other', 0, 0],
      ['model', 1, 2],
      ['tools', 3, 6],
      ['tools', 4, 5],
      ['retrieval', 7, 7],
      ['other', 8, 8],
    ]);
  });

  test('only lanes with events are shown, in a fixed order', () => {
    expect(lanesOf(run)).toEqual(['model', 'tools', 'retrieval', 'other']);
    expect(lanesOf([event(0, 'tool.called', 1)], [event(0, 'llm.called', 1)])).toEqual(['model', 'tools']);
  });
});

describe('the axis of time', () => {
  test('gives half of its width to order and half to time, and reads back', () => {
    const axis = timeAxis([event(0, 'a', 0, 100), event(1, 'b', 1, 101), event(2, 'c', 2, 110)]);
    expect([0, 1, 2].map((index) => axis.shareOf(index))).toEqual([0, 0.3, 1]);
    expect(axis.shareOf(3)).toBeUndefined();
    expect(axis.secondsAt(0)).toBe(0);
    expect(axis.secondsAt(0.3)).toBeCloseTo(1);
    expect(axis.secondsAt(1)).toBeCloseTo(10);
  });

  test('never goes back, whatever the clocks say', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (times) => {
        const axis = timeAxis(times.map((at, index) => event(index, 'a', index, at)));
        const shares = times.map((_, index) => axis.shareOf(index) ?? Number.NaN);
        expect(shares).toEqual(shares.toSorted((a, b) => a - b));
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('goes by order alone where times are not known', () => {
    const axis = timeAxis([event(4, 'a', 0, null), event(5, 'b', 1, null), event(6, 'c', 2, null)]);
    expect([4, 5, 6].map((index) => axis.shareOf(index))).toEqual([0, 0.5, 1]);
    expect(axis.secondsAt(0.5)).toBeUndefined();
  });
});

describe('signals', () => {
  const axis = orderAxis(0, 9);

  test('stand at the first event of their step, and below each other where they are close', () => {
    const placed = placeSignals({ events: run, signals: [signal(1, 3), signal(2, 3), signal(3, 5)] }, axis);
    expect(placed.map(({ signal: { id }, share, row }) => [id, share, row])).toEqual([
      [1, 4.5 / 9, 0],
      [2, 4.5 / 9, 1],
      [3, 8.5 / 9, 0],
    ]);
  });

  test('of a step that is not shown have no place', () => {
    expect(placeSignals({ events: run, signals: [signal(1, 77), signal(2, null)] }, axis)).toEqual([]);
  });
});

test('a timeline names its lanes, times and parts, and lists its events', () => {
  const { html } = runTimeline({ events: run, total: 40, signals: [signal(7, 3)] });
  expect(html).toContain('aria-label="Timeline: Events 0 to 8 of 40, 1 signal"');
  expect(html).toMatch(
    /<li>Model<\/li><li>Tools<\/li><li>Retrieval<\/li><li>Other<\/li>.*<li>\+0\.0s<\/li>.*<li>\+8\.0s<\/li>/,
  );
  expect(html).toContain('data-signal="7"');
  expect(html).toContain('<span class="tip">Signal #7 at step 3: HIGH TOOL_LOOP, a loop</span>');
  expect(html).toContain('<li>#4 tool.called step 3</li>');
  expect(html).toContain('<span class="tip">#4-5 tool.called step 3, 1.00s</span>');
});

test('a failure has a cross and a word', () => {
  const failed = { ...event(1, 'tool.responded', 1), isFailure: true };
  const { html } = runTimeline({ events: [event(0, 'tool.called', 1), failed], total: 2, signals: [] });
  expect(html).toContain('class="failed"');
  expect(html).toContain('#0-1 tool.called step 1, 1.00s, failed');
});

test('of two runs the common part is shaded, and a line stands where they part', () => {
  const one = { name: 'Run 1', events: run.slice(0, 6), signals: [] };
  const other = { name: 'Run 2', events: run.slice(0, 8), signals: [] };
  const { html } = runPair({ runs: [one, other], common: 4, isParted: true });
  expect(html.match(/class="common" width="50%"/g)).toHaveLength(2);
  expect(html).toContain('aria-label="Two runs, event by event: they part at event 4"');
  expect(html).toContain('text-anchor="middle">they part at event 4</text>');
  expect(runPair({ runs: [one, one], common: 6, isParted: false }).html).not.toContain('class="parting"');
});
