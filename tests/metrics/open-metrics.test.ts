import { expect, test } from 'vitest';
import { createCallCounts } from '../../src/metrics/calls.ts';
import { openMetrics } from '../../src/metrics/open-metrics.ts';
import { parseOpenMetrics } from '../support/open-metrics.ts';

test('whatever is in a label or a help comes back from a parser', () => {
  const hostile = 'a"b\\c\nd # EOF';
  const text = openMetrics([
    {
      name: 'x',
      type: 'gauge',
      help: hostile,
      samples: [{ labels: { of: hostile }, value: Number.POSITIVE_INFINITY }],
    },
    { name: 'empty', type: 'gauge', help: 'has none', samples: [] },
  ]);
  expect(text.split('\n')).toHaveLength(5);
  expect(Object.fromEntries(parseOpenMetrics(text))).toEqual({
    x: {
      type: 'gauge',
      unit: undefined,
      help: hostile,
      samples: [{ name: 'x', labels: { of: hostile }, value: Number.POSITIVE_INFINITY }],
    },
  });
});

test('calls are counted by tool and outcome, and their times in buckets', () => {
  const calls = createCallCounts();
  const called = { tool: 'list_agents', outcome: 'answered' } as const;
  for (const ms of [1, 5, 30, 40_000]) calls.add({ ...called, ms });
  calls.add({ ...called, outcome: 'error', ms: 90 });
  const families = parseOpenMetrics(openMetrics(calls.families()));
  expect(families.get('dunetrace_mcp_calls')?.samples.map(({ labels, value }) => [labels.outcome, value])).toEqual([
    ['answered', 4],
    ['error', 1],
  ]);
  const times = families.get('dunetrace_mcp_call_duration_seconds')?.samples ?? [];
  expect(times.map(({ labels, value }) => [labels.le, value])).toEqual([
    ['0.005', 2],
    ['0.025', 2],
    ['0.1', 4],
    ['0.5', 4],
    ['1', 4],
    ['2.5', 4],
    ['5', 4],
    ['10', 4],
    ['30', 4],
    ['+Inf', 5],
    [undefined, 5],
    [undefined, 40.126],
  ]);
});

test.each([
  ['# TYPE a gauge\na 1\n', 'does not end with # EOF'],
  ['# TYPE a gauge\n\na 1\n# EOF\n', 'no line of OpenMetrics'],
  ['# TYPE a counter\na 1\n# EOF\n', 'no sample of the counter'],
  ['# TYPE a gauge\na{b="c",} 1\n# EOF\n', 'a comma too much'],
  ['# TYPE a gauge\na 1\na 2\n# EOF\n', 'a sample twice'],
  ['# TYPE a gauge\na one\n# EOF\n', 'not a number'],
  ['# TYPE a gauge\n# UNIT a bytes\na 1\n# EOF\n', 'its unit'],
  ['# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\n# HELP a again\n# EOF\n', 'after its samples'],
])('the parser of these tests takes nothing else: %j', (text, why) => {
  expect(() => parseOpenMetrics(text)).toThrow(why);
});
