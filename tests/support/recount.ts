import type Database from 'better-sqlite3';

/** What the tables of days should hold, counted from the rows outside of SQL, and apart from what keeps them. */

const loops = ['TOOL_LOOP', 'TOOL_THRASHING', 'TOOL_AVOIDANCE', 'STEP_COUNT_INFLATION', 'LLM_TRUNCATION_LOOP'];

interface Run {
  id: number;
  agent: number;
  version: number | null;
  started_at: number | null;
  completed_at: number | null;
  gone_at: number | null;
  pass: number | null;
}

interface Signal {
  key: number;
  agent: number;
  run: number;
  failure_type: number;
  severity: number;
  version: number | null;
  detected_at: number;
  gone_at: number | null;
}

interface Sums {
  run: number;
  calls: number;
  prompt: number;
  prompts: number;
  called: number;
  responded: number;
  told: number;
  latency_us: number;
  latencies: number;
}

type Counts = Map<string, number[]>;

function add(counts: Counts, key: readonly number[], values: readonly number[]): void {
  const name = key.join(' ');
  const known = counts.get(name) ?? values.map(() => 0);
  counts.set(
    name,
    known.map((value, place) => value + (values[place] ?? 0)),
  );
}

const year10000 = Date.UTC(9999, 11, 31) / 86_400_000 + 1;
const dayOf = (time: number) => (time < 0 ? -1 : time >= year10000 * 86_400 ? year10000 : Math.trunc(time / 86_400));

function recountRuns(
  runs: readonly Run[],
  signals: readonly Signal[],
  sums: readonly Sums[],
  isLoop: Set<number>,
): Counts {
  const counts: Counts = new Map();
  const live = Map.groupBy(
    signals.filter(({ gone_at }) => gone_at === null),
    ({ run }) => run,
  );
  const events = Map.groupBy(sums, ({ run }) => run);
  for (const run of runs) {
    const time = run.started_at ?? run.completed_at;
    if (run.pass === null || run.gone_at !== null || time === null) continue;
    const count = (what: number, loads: readonly number[]) =>
      add(counts, [run.agent, dayOf(time), what, run.version ?? 0], [1, ...loads]);
    const calls = events.get(run.id) ?? [];
    const total = (of: keyof Sums) => calls.reduce((sum, row) => sum + row[of], 0);
    count(0, [
      calls.length > 0 ? 1 : 0,
      total('calls'),
      total('prompt'),
      total('prompts'),
      total('called') + total('responded'),
      total('told'),
      total('latency_us'),
      total('latencies'),
    ]);
    const types = new Set((live.get(run.id) ?? []).map(({ failure_type }) => failure_type));
    const none = [0, 0, 0, 0, 0, 0, 0, 0];
    for (const type of types) count(type, none);
    if (types.size > 0) count(-1, none);
    if ([...types].some((type) => isLoop.has(type))) count(-2, none);
  }
  return counts;
}

function recountSignals(signals: readonly Signal[]): Counts {
  const counts: Counts = new Map();
  const seen = new Set<string>();
  // The oldest first: ids grow, and keys are minus the ids.
  for (const signal of signals.toSorted((a, b) => b.key - a.key)) {
    if (signal.gone_at !== null) continue;
    const { agent, run, failure_type: type, severity, version, detected_at: at } = signal;
    const struck = `${agent} ${run} ${type}`;
    add(counts, [agent, dayOf(at), type, severity, version ?? 0], [1, seen.has(struck) ? 0 : 1]);
    seen.add(struck);
  }
  return counts;
}

function stored(sqlite: Database.Database, text: string, keys: number): Counts {
  const rows = sqlite.prepare<[], number[]>(text).raw().all();
  return new Map(rows.map((row) => [row.slice(0, keys).join(' '), row.slice(keys)]));
}

function differencesOf(table: string, kept: Counts, counted: Counts): string[] {
  const names = [...new Set([...kept.keys(), ...counted.keys()])];
  return names.flatMap((name) => {
    const [have, want] = [kept.get(name), counted.get(name)].map((values) => JSON.stringify(values ?? null));
    return have === want ? [] : [`${table} ${name}: ${have}, counted ${want}`];
  });
}

/** Where the tables of days differ from a recount; an empty list where they don't. */
export function wrongDays(sqlite: Database.Database): string[] {
  const all = <Row>(text: string) => sqlite.prepare<[], Row>(text).all();
  const runs = all<Run>('select * from runs');
  const signals = all<Signal>('select * from signals');
  const names = all<{ id: number; name: string }>('select * from names').filter(({ name }) => loops.includes(name));
  const isLoop = new Set(names.map(({ id }) => id));
  const runColumns =
    'agent, day, what, version, runs, with_events, calls, prompt, prompts, told_prompt, told, latency_us, latencies';
  return [
    ...differencesOf(
      'run_days',
      stored(sqlite, `select ${runColumns} from run_days`, 4),
      recountRuns(runs, signals, all<Sums>('select * from run_sums'), isLoop),
    ),
    ...differencesOf(
      'signal_days',
      stored(sqlite, 'select agent, day, failure_type, severity, version, signals, runs from signal_days', 5),
      recountSignals(signals),
    ),
  ];
}
