import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mirror } from '../../src/db/open.ts';
import { countedOf } from '../../src/mirror/counted-rows.ts';
import { areCountsRight, recount } from '../../src/mirror/recount.ts';
import type { CountedSignal } from '../../src/mirror/signal-rollup.ts';
import { cases } from '../support/effort.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createTempMirror } from '../support/temp-mirror.ts';

/** Whatever statements change rows, the counts are what a recount finds. */

const day = 86_400;
const row = fc.integer({ min: 1, max: 12 });
const agent = fc.constantFrom(1, 1, 2);
const version = fc.constantFrom(null, 1, 2);
const time = fc.oneof(
  fc.integer({ min: 0, max: 4 * 24 }).map((hours) => 1000 * day + hours * 3600 - (hours % 2) * 0.5),
  fc.constantFrom(-5, 0, 1e300),
);
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 4 });
const gone = fc.constantFrom(null, null, 7);

const run = fc.tuple(row, agent, version, maybe(time), maybe(time), gone, maybe(fc.constant(3)));
const signal = fc.tuple(row, agent, row, fc.constantFrom(1, 2, 3), fc.constantFrom(4, 5), version, time, gone);

const putRun = `insert into runs (id, run_id, agent, version, started_at, completed_at, gone_at, pass)
  select @v1, 'r' || @v1, @v2, @v3, @v4, @v5, @v6, @v7 where true on conflict (id) do update set (agent, version, started_at,
  completed_at, gone_at, pass) = (@v2, @v3, @v4, @v5, @v6, @v7)`;
const putSignal = `insert into signals (key, agent, run, failure_type, severity, version, detected_at, gone_at)
  select -@v1, @v2, @v3, @v4, @v5, @v6, @v7, @v8 where exists (select 1 from runs where id = @v3) on conflict (key) do update
  set (agent, run, failure_type, severity, version, detected_at, gone_at) = (@v2, @v3, @v4, @v5, @v6, @v7, @v8)`;

/** As told of before signals come: which runs they may be of. */
const expected = 'select id from runs where id in (@v1, @v2)';

/** The events of a run are replaced: those that hold an input, and the sums of each model. */
const putEvents = 'events of a run';
const amount = fc.nat(50);
const events = fc.tuple(
  row,
  fc.array(fc.constantFrom('x', 'y', 'z'), { maxLength: 3 }),
  fc.uniqueArray(fc.tuple(fc.nat(2), amount, amount, amount, amount), { selector: ([model]) => model, maxLength: 2 }),
);

const statements = {
  run: fc.tuple(fc.constant(putRun), run),
  signal: fc.tuple(fc.constant(putSignal), signal),
  expected: fc.tuple(fc.constant(expected), fc.tuple(row, row)),
  events: fc.tuple(fc.constant(putEvents), events),
  lists: fc.tuple(
    fc.constantFrom(
      'update signals set gone_at = 9 where agent = @v1',
      'update signals set gone_at = null where agent = @v1',
      'update runs set gone_at = 9 where agent = @v1',
      'update runs set gone_at = null, pass = 4 where agent = @v1',
      'update runs set pass = null where agent = @v1',
      'delete from signals where agent = @v1',
      'delete from run_events where run in (select id from runs where agent = @v1)',
      'delete from run_sums where run in (select id from runs where agent = @v1)',
    ),
    fc.tuple(agent),
  ),
  prune: fc.tuple(fc.constant('delete from signals where detected_at < @v1'), fc.tuple(time)),
  unnamed: fc.tuple(
    fc.constant('delete from runs where id >= @v1 and not exists (select 1 from signals where run = runs.id)'),
    fc.tuple(row),
  ),
} as const;

const { run: aRun, signal: aSignal, events: someEvents, lists, prune, unnamed } = statements;
const statement = fc.oneof(
  { arbitrary: aRun, weight: 12 },
  { arbitrary: aSignal, weight: 16 },
  { arbitrary: statements.expected, weight: 4 },
  { arbitrary: someEvents, weight: 8 },
  { arbitrary: lists, weight: 3 },
  { arbitrary: prune, weight: 1 },
  { arbitrary: unnamed, weight: 1 },
);
const transactions = fc.array(
  fc.record({ statements: fc.array(statement, { maxLength: 12 }), fails: fc.constantFrom(false, false, false, true) }),
  { maxLength: 12, size: 'max' },
);

/** Names that signals may have: a loop, and two other types; two severities. */
function begin(mirror: Mirror): void {
  mirror.write(() =>
    mirror.sqlite.exec(`delete from signals; delete from runs;
      insert or ignore into agents (id, agent_id) values (1, 'a'), (2, 'b');
      insert or ignore into names values (1, 'TOOL_LOOP'), (2, 'CONTEXT_BLOAT'), (3, 'COST_SPIKE'), (4, 'HIGH'), (5, 'LOW')`),
  );
}

/** `@v1`, `@v2` and so on. */
const named = (values: readonly unknown[]) =>
  Object.fromEntries(values.map((value, index) => [`v${index + 1}`, value]));

/** But for the numbers that mean nothing by themselves. */
const tables = {
  run_counts: '*',
  signal_counts: '*',
  load_counts: 'agent, span, slot, runs, prompt, prompts, latency_us, latencies',
  inputs: 'agent, hash, runs, failed',
  input_counts: '*',
} as const;
const counts = ({ sqlite }: Mirror) =>
  Object.entries(tables).map(([table, columns]) => sqlite.prepare(`select ${columns} from ${table}`).raw().all());

type Events = typeof events extends fc.Arbitrary<infer Value> ? Value : never;

function replaceEvents({ sqlite, arrivals }: Mirror, [run, hashes, models]: Events): void {
  if (sqlite.prepare('select 1 from runs where id = ?').get(run) === undefined) return;
  sqlite.prepare('delete from run_events where run = ?').run(run);
  sqlite.prepare('delete from run_sums where run = ?').run(run);
  for (const [seq, hash] of hashes.entries()) {
    sqlite
      .prepare(`insert into run_events (run, seq, event_type, input_hash, payload) values (?, ?, 1, ?, '{}')`)
      .run(run, seq, hash);
    arrivals.input(run, hash);
  }
  for (const [model, prompt, prompts, latency, latencies] of models) {
    const sums = { model, calls: 1, counted: 1, prompt, prompts, completion: 0, latency, latencies };
    sqlite
      .prepare('insert into run_sums values (?, ?, 1, 1, ?, ?, 0, ?, ?)')
      .run(run, model, prompt, prompts, latency, latencies);
    arrivals.sums(run, sums);
  }
}

/** Does a statement; as in the stores, whoever inserts a row tells of it. */
function perform(mirror: Mirror, text: string, values: readonly unknown[]): void {
  const { sqlite, arrivals } = mirror;
  const [id] = values;
  if (text === expected) {
    arrivals.signalsOf(sqlite.prepare<unknown[], number>(text).pluck().all(named(values)));
    return;
  }
  const runs = sqlite.prepare<unknown[], Parameters<typeof countedOf>[0]>(
    `select id, agent, version, started_at as startedAt, completed_at as completedAt, gone_at as goneAt, pass
      from runs where id = ?`,
  );
  const signal = sqlite.prepare<unknown[], CountedSignal>(
    `select key, agent, run, failure_type as failureType, severity, version, detected_at as detectedAt, gone_at as goneAt
      from signals where key = -?`,
  );
  const known = { run: runs.get(id), signal: signal.get(id) };
  sqlite.prepare(text).run(named(values));
  const run = text === putRun && known.run === undefined ? runs.get(id) : undefined;
  if (run) arrivals.run(Number(id), countedOf(run));
  const came = text === putSignal && known.signal === undefined ? signal.get(id) : undefined;
  if (came) arrivals.signal(came);
}

test('after each transaction the counts are what a recount finds', () => {
  const { mirror } = createTempMirror(createFakeClock(0));
  let counted = 0;
  fc.assert(
    fc.property(transactions, (all) => {
      begin(mirror);
      expect(counts(mirror)).toEqual([[], [], [], [], []]);
      for (const { statements: work, fails } of all) {
        const doAll = () => {
          for (const [text, values] of work) {
            if (text === putEvents) replaceEvents(mirror, values);
            else perform(mirror, text, values);
          }
          if (fails) throw new Error('rolled back');
        };
        if (fails) expect(() => mirror.write(doAll)).toThrow('rolled back');
        else mirror.write(doAll);
        expect(areCountsRight(mirror.sqlite)).toBe(true);
        counted += counts(mirror).flat().length;
      }
    }),
    { seed: 20_260_513, numRuns: cases({ short: 40, long: 300 }) },
  );
  expect(counted).toBeGreaterThan(2000);
}, 60_000);

test('counts that are off are found, and put right', () => {
  const { mirror } = createTempMirror(createFakeClock(0));
  const { sqlite } = mirror;
  begin(mirror);
  mirror.write(() => {
    sqlite.exec(`insert into runs (id, run_id, agent, started_at, pass) values (1, 'r', 1, ${day}, 1);
      insert into signals (key, agent, run, failure_type, severity, detected_at) values (-1, 1, 1, 1, 4, ${day + 7});
      insert into run_sums values (1, 0, 1, 1, 5, 1, 2, 300, 1);
      insert into run_events (run, seq, event_type, input_hash, payload) values (1, 0, 1, 'x', '{}')`);
    recount(sqlite);
  });
  const right = counts(mirror);
  for (const wrong of [
    'update run_counts set runs = runs + 1 where what = -2 and span = 3600',
    'update signal_counts set first_at = 0',
    'delete from signal_counts where span = 0',
    'insert into run_counts values (2, 0, 0, 0, 0, 1)',
    'update load_counts set latency_us = 301 where span = 3600',
    'delete from inputs',
    'update input_counts set runs = 2 where what = 0',
  ]) {
    sqlite.exec(wrong);
    expect({ wrong, right: areCountsRight(sqlite) }).toEqual({ wrong, right: false });
    mirror.write(() => recount(sqlite));
    expect({ wrong, counts: counts(mirror) }).toEqual({ wrong, counts: right });
  }
});
