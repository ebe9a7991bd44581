import { expect, test } from 'vitest';
import { serverHealth } from '../../src/db/schema.ts';
import type { RunEventRow } from '../../src/lists/run-detail.ts';
import { agentHealth } from '../../src/queries/health.ts';
import { tokenStats } from '../../src/queries/token-stats.ts';
import { healthLines } from '../../src/text/health.ts';
import { healthObject } from '../../src/tools/health-object.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

const day = 86_400;
const now = 1_780_000_000;

type Counts = Partial<Pick<RunEventRow, 'promptTokens' | 'completionTokens' | 'latencyMs'>>;
type Event = readonly ['called' | 'responded', Counts];

/** A mirror of one agent whose runs are put in by hand. */
function setUp() {
  const { mirror, store } = createTempMirror(createFakeClock(now));
  const agent = store.agents.ensure('a');
  let made = 0;
  /** A run `daysAgo`; `events` undefined: its detail was not fetched. */
  const run = (daysAgo: number, events?: readonly Event[]) => {
    made += 1;
    const at = now - daysAgo * day;
    const row = {
      runId: `r${made}`,
      agentVersion: null,
      startedAt: at,
      completedAt: at + 5,
      exitReason: null,
      stepCount: 1,
      signalCount: null,
      hasSignals: false,
      totalTokens: null,
      costUsd: null,
      extra: null,
    };
    store.runs.put(row, undefined, { agent, pass: 1 });
    if (!events) return;
    const id = store.runs.putDetail(row, agent, now);
    const none = { model: null, promptTokens: null, completionTokens: null, latencyMs: null, toolName: null };
    const rest = { success: null, inputHash: null, payload: '{}', parentRunId: null, extra: null, stepIndex: 1 };
    store.runEvents.put(
      id,
      events.map(([kind, counts]) => ({ eventType: `llm.${kind}`, timestamp: at, ...none, ...rest, ...counts })),
    );
  };
  const times = (count: number, daysAgo: number, events?: readonly Event[]) => {
    store.write(() => {
      for (let n = 0; n < count; n += 1) run(daysAgo, events);
    });
  };
  const says = (body: string, fetchedAt = now - 120) =>
    mirror.db.insert(serverHealth).values({ agent, body, fetchedAt }).run();
  const health = (end = now) => agentHealth(mirror, 'a', end);
  const part = (name: string) => health().components.find((component) => component.name === name);
  const generation = (is: 1 | 3) => store.write(() => store.apiState.save({ generation: is, generationAt: now }));
  return { mirror, times, says, health, part, generation };
}

const calls = (promptTokens: number, latencyMs: number): Event[] => [
  ['called', { promptTokens }],
  ['responded', { promptTokens, latencyMs }],
];

const sent = (score: number, tokens: unknown, latency: unknown) =>
  JSON.stringify({ agent_id: 'a', score, components: { token_efficiency: tokens, latency }, sample_runs: 9, more: {} });

test('events count when they cover four fifths of the runs', () => {
  const { times, part } = setUp();
  times(4, 1, calls(2250, 4500));
  times(1, 1);
  expect(part('token_efficiency')).toMatchObject({
    score: 10,
    value: 2250,
    basis: { from: 'events', runs: 4, total: 5 },
  });
  expect(part('latency')).toMatchObject({ score: 8, value: 4500, baseline: null });
  times(1, 1);
  expect(part('token_efficiency')).toMatchObject({ score: 15, value: null, basis: { from: 'nothing' } });
  expect(part('latency')).toMatchObject({ score: 10, value: null, basis: { from: 'nothing' } });
});

test('a number of one call is read once, wherever it is', () => {
  const { times, part } = setUp();
  const both: Event = ['called', { promptTokens: 100, latencyMs: 100 }];
  times(1, 1, [both, ['responded', { promptTokens: 900, latencyMs: 300 }]]);
  times(1, 1, [['called', {}], ['responded', { promptTokens: 200 }], both]);
  // Two calls at once, and a response whose call was lost.
  times(1, 1, [
    ['called', { promptTokens: 300 }],
    ['called', { promptTokens: 400 }],
    ['responded', {}],
    ['responded', {}],
  ]);
  times(1, 1, [['responded', { promptTokens: 500 }]]);
  expect(part('token_efficiency')?.value).toBe(Math.round((100 + 200 + 100 + 300 + 400 + 500) / 6));
  expect(part('latency')?.value).toBe((300 + 100) / 2);
});

test('in generation 3 each value of either event counts, zeros too; before, one for each call', () => {
  const { times, part, generation } = setUp();
  const answered = (called: number, responded: number): Event[] => [
    ['called', { promptTokens: called }],
    ['responded', { promptTokens: responded }],
  ];
  times(3, 1, answered(0, 500));
  // One run of two thirds of a day ago, within a whole day, and one that lies in the window's last hours.
  times(1, 0.01, [['called', { promptTokens: 900 }]]);
  times(22, 40, answered(0, 100));
  expect(part('token_efficiency')?.value).toBe(900 / 4);
  generation(1);
  expect(part('token_efficiency')?.value).toBe(900 / 4);
  generation(3);
  expect(part('token_efficiency')).toMatchObject({ value: Math.round((3 * 500 + 900) / 7), baseline: 50 });
});

test('a baseline takes 20 runs of 30 to 90 days ago', () => {
  const { times, part, health } = setUp();
  times(3, 1, calls(1100, 2000));
  times(19, 40, calls(400, 500));
  times(5, 91, calls(1, 1));
  expect(part('token_efficiency')).toMatchObject({ score: 17, baseline: null });
  expect(healthLines('a', health(), now).join('\n')).toContain(
    'No baseline for token_efficiency and latency: it takes 20 runs of 30 to 90 days ago',
  );
  times(1, 89, calls(400, 500));
  expect(part('token_efficiency')).toMatchObject({ score: 10, value: 1100, baseline: 400 });
  expect(part('latency')).toMatchObject({ score: 0, value: 2000, baseline: 500 });
  expect(healthLines('a', health(), now).join('\n')).not.toContain('No baseline');
});

test("without events the server's components count, and its score is shown where it is another", () => {
  const { times, says, health, part } = setUp();
  times(3, 1);
  says(sent(71, { score: 4, max: 20, value: 3200.4, baseline: 900, label: 'x' }, { score: 2.6, max: 15, value: null }));
  expect(part('token_efficiency')).toMatchObject({ score: 4, value: 3200, baseline: 900 });
  expect(part('latency')).toMatchObject({ score: 3, value: null, basis: { from: 'server', at: now - 120 } });
  expect(health()).toMatchObject({ score: 40 + 25 + 4 + 3, server: null });
  const object = healthObject(health(), now);
  expect(object.components.token_efficiency?.basis).toBe('server, 2m ago');
  expect(object).not.toHaveProperty('server_score');
});

test('a score of the server that is two off is told of', () => {
  const { times, says, health } = setUp();
  times(3, 1);
  says(sent(70, { score: 4 }, { score: 3 }));
  expect(healthObject(health(), now)).toMatchObject({ score: 72, server_score: 70 });
  expect(healthLines('a', health(), now)[1]).toBe("Server's score: 70/100 (2m ago)");
});

const component = (score: number, baseline: number | null = null) => ({ score, max: 40, value: 1, baseline });

test.each([
  [{ sample_runs: 5 }, { token_efficiency: component(11) }, 120, 'the server counts 5 runs, the mirror 4'],
  [{ sample_runs: 4 }, { token_efficiency: component(11) }, 7200, "the server's is from 2h ago"],
  [{ sample_runs: 4 }, { token_efficiency: component(11) }, 120, 'it goes by when runs were analysed'],
  [{ sample_runs: 4 }, { token_efficiency: component(11, 700) }, 120, 'its baseline is 700, here it is none'],
])(
  "a component that differs from the server's is shown with its likely cause: %j %j",
  (more, components, age, cause) => {
    const { times, says, health } = setUp();
    times(4, 1, calls(2250, 4500));
    says(JSON.stringify({ score: 84, components: { failure_rate: component(40), ...components }, ...more }), now - age);
    expect(healthLines('a', health(), now).slice(1, 3)).toEqual([
      expect.stringContaining("Server's score: 84/100"),
      expect.stringContaining('token_efficiency: 11 there, 10 here; likely because'),
    ]);
    expect(healthLines('a', health(), now)[2]).toContain(cause);
    expect(healthObject(health(), now).components).toMatchObject({
      token_efficiency: { score: 10, server_score: 11, likely_cause: expect.stringContaining(cause) },
      failure_rate: expect.not.objectContaining({ server_score: expect.anything() }),
    });
  },
);

test('that some runs lack their events is a cause, too, and one point is a difference', () => {
  const { times, says, health } = setUp();
  times(8, 1, calls(2250, 4500));
  times(1, 1);
  says(JSON.stringify({ score: 82, components: { latency: component(7) }, sample_runs: 9 }));
  expect(health()).toMatchObject({ score: 83, server: { score: 82 } });
  expect(healthLines('a', health(), now)[2]).toContain('the mirror has the events of 8 of 9 runs');
});

test.each([
  'not json',
  '[]',
  '{}',
  '{"score":null,"components":null}',
  '{"score":"x","components":{"token_efficiency":7,"latency":{"score":"many"}}}',
])('what the server says is left out where it makes no sense: %s', (body) => {
  const { times, says, health } = setUp();
  times(3, 1);
  says(body);
  expect(health()).toMatchObject({ score: 90, server: null });
});

test("below three runs there is no score but the server's", () => {
  const { times, says, health } = setUp();
  times(2, 1, calls(1, 1));
  times(9, 31, calls(1, 1));
  expect(health()).toMatchObject({ score: null, sampleRuns: 2, components: [], server: null });
  says(sent(80, null, null));
  expect(health().server).toEqual({ score: 80, at: now - 120 });
  expect(healthLines('a', health(), now)[0]).toContain(
    'none (2 runs of the last 30 days are known, at least 3 are needed)',
  );
});

test('a window that ends earlier knows nothing of what came later', () => {
  const { mirror, times, health } = setUp();
  times(30, 10, calls(100, 100));
  times(4, 1, calls(9000, 9000));
  expect(health()).toMatchObject({ sampleRuns: 34, isBaselineReady: true });
  expect(health(now - 2 * day)).toMatchObject({ sampleRuns: 30, isBaselineReady: true, score: 100 });
  expect(health(now - 11 * day)).toMatchObject({ sampleRuns: 0, isBaselineReady: false });
  expect(tokenStats(mirror, 'a', now - 9.5 * day, () => 1)).toMatchObject([
    { days: 1, runs: 30, totalTokens: 3000, costUsd: 30 },
    { days: 7, runs: 30 },
    { days: 30, runs: 30 },
  ]);
});

test('tokens of calls that count none are not known, those of runs without a call are none', () => {
  const { mirror, times } = setUp();
  times(1, 0.5, [['called', {}]]);
  expect(tokenStats(mirror, 'a', now, () => 1)[0]).toMatchObject({
    totalTokens: null,
    costUsd: null,
    promptTokens: null,
  });
  times(1, 0.5, calls(10, 10));
  expect(tokenStats(mirror, 'a', now, () => undefined)[0]).toMatchObject({
    totalTokens: 10,
    costUsd: null,
    tokensFrom: { events: 1, list: 0, nowhere: 1 },
    unpriced: ['(no model named)'],
  });
});
