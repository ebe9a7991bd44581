import type Database from 'better-sqlite3';
import type { Counting } from './counted-rows.ts';
import { createInputCells } from './input-cells.ts';
import { createLoadCells, type Load } from './load-cells.ts';

interface Events {
  /** Rows of `run_sums`; with none the run has no events. */
  rows: number;
  load: Load;
  /** By the events that hold them. */
  inputs: Map<string, number>;
}

/** Keeps `load_counts`, `inputs` and `input_counts`, of which the events of runs decide. */
export interface EventRollup {
  /** A run's sums of a model came (1) or went (-1). */
  sums(run: number, sign: number, load: Load): void;
  /** An event with an input came or went. */
  input(run: number, sign: number, hash: string): void;
  /** Whether any of a run's events did. */
  hasChanged(run: number): boolean;
  /** Reads the events that runs have now; to be called before `count`. */
  read(runs: readonly number[]): void;
  /** The run counted so, and now counts so; null: it does not count. */
  count(run: number, before: Counting | null, after: Counting | null): void;
  apply(): void;
  forget(): void;
}

const nothing = (): Events => ({
  rows: 0,
  load: { prompt: 0, prompts: 0, latency: 0, latencies: 0 },
  inputs: new Map(),
});

function eventsOf(known: Map<number, Events>, run: number): Events {
  const found = known.get(run);
  if (found) return found;
  const begun = nothing();
  known.set(run, begun);
  return begun;
}

function addLoad(to: Events, rows: number, load: Load, sign: number): void {
  to.rows += rows;
  to.load.prompt += sign * load.prompt;
  to.load.prompts += sign * load.prompts;
  to.load.latency += sign * load.latency;
  to.load.latencies += sign * load.latencies;
}

const addInput = ({ inputs }: Events, hash: string, count: number) => inputs.set(hash, (inputs.get(hash) ?? 0) + count);

/** What there was before `gained` came. */
function without(now: Events, gained: Events): Events {
  const before: Events = { rows: now.rows, load: { ...now.load }, inputs: new Map(now.inputs) };
  addLoad(before, -gained.rows, gained.load, -1);
  for (const [hash, count] of gained.inputs) addInput(before, hash, -count);
  return before;
}

export function createEventRollup(sqlite: Database.Database): EventRollup {
  const gained = new Map<number, Events>();
  const now = new Map<number, Events>();
  const loads = createLoadCells(sqlite);
  const inputs = createInputCells(sqlite);

  const sumsNow = sqlite.prepare<[string], Load & { run: number; rows: number }>(
    `select run, count(*) as rows, total(prompt) as prompt, total(prompts) as prompts, total(latency_us) as latency,
        total(latencies) as latencies
      from run_sums where run in (select value from json_each(?)) group by run`,
  );
  const inputsNow = sqlite.prepare<[string], { run: number; hash: string; count: number }>(
    `select run, input_hash as hash, count(*) as count from run_events
      where run in (select value from json_each(?)) and input_hash is not null group by 1, 2`,
  );

  function changeInputs({ inputs: held }: Events, counting: Counting | null, by: number): void {
    if (counting) for (const [hash, count] of held) if (count > 0) inputs.change(counting, hash, by);
  }

  function changeLoad({ rows, load }: Events, counting: Counting | null, by: number): void {
    if (counting && rows > 0) loads.change(counting, load, by);
  }

  function forget(): void {
    gained.clear();
    now.clear();
    loads.forget();
    inputs.forget();
  }

  return {
    sums: (run, sign, load) => addLoad(eventsOf(gained, run), sign, load, sign),
    input: (run, sign, hash) => {
      addInput(eventsOf(gained, run), hash, sign);
    },
    hasChanged: (run) => gained.has(run),
    read: (runs) => {
      if (runs.length === 0) return;
      const ids = JSON.stringify(runs);
      for (const { run, rows, ...load } of sumsNow.all(ids)) addLoad(eventsOf(now, run), rows, load, 1);
      for (const { run, hash, count } of inputsNow.all(ids)) addInput(eventsOf(now, run), hash, count);
    },
    count: (run, before, after) => {
      const held = now.get(run);
      const came = gained.get(run);
      if (!held && !came) return;
      const events = held ?? nothing();
      const had = came ? without(events, came) : events;
      changeInputs(had, before, -1);
      changeInputs(events, after, 1);
      if (!came && before?.agent === after?.agent && before?.hour === after?.hour) return;
      changeLoad(had, before, -1);
      changeLoad(events, after, 1);
    },
    apply: () => {
      loads.apply();
      inputs.apply();
      forget();
    },
    forget,
  };
}
