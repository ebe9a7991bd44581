import type Database from 'better-sqlite3';
import { type Cell, createCells } from './cells.ts';
import { type Counted, type Counting, dayOf, hourOf, isListed, timeOf } from './counted-rows.ts';
import { countedAs, countedOver, loopTypes } from './counts.ts';
import { createEventRollup, type EventRollup } from './event-rollup.ts';

/** Live signals of a type that a run has, or has gained. */
interface Struck {
  agent: number;
  type: number;
  count: number;
}

/** What is known of a run that the transaction has touched; undefined is what was not told, and is looked up where it is needed. */
interface Touched {
  /** What the run was when the transaction began; null: it was none, or not listed; undefined: it is as it was. */
  before?: Counted | null | undefined;
  /** What it is now. */
  after?: Counted | null | undefined;
  /** The live signals that it had when the transaction began. */
  had?: Struck[] | undefined;
  /** It came in this transaction: it has the events that it gained. */
  isNew: boolean;
  /** By how many it has gained since. */
  gained: Struck[];
}

/** Keeps `run_counts`, and what the events of runs count as: what changes is gathered in a transaction, and written at its end. */
export interface RunRollup extends Pick<EventRollup, 'sums' | 'input'> {
  /** A run came that was not there; null: no list has shown it. */
  came(run: number, row: Counted | null): void;
  /** The run was so before it was changed, or went; null: it was not listed. */
  was(run: number, before: Counted | null): void;
  /** Signals of these runs are about to come: what there is of them is looked up at once, and while it is little. */
  expect(runs: readonly number[]): void;
  /** The run gained (or lost) a live signal. */
  gained(run: number, agent: number, type: number, count: number): void;
  apply(): void;
  forget(): void;
}

const nothing: readonly Struck[] = [];

export function createRunRollup(sqlite: Database.Database): RunRollup {
  const touched = new Map<number, Touched>();
  const loops = new Map<number, boolean>();
  /** By agent, slot, version, span, and what is counted. */
  const deltas = createCells((cell: Cell) => ({ cell, by: 0 }));
  const events = createEventRollup(sqlite);

  const runsNow = sqlite.prepare<[string], Counted & { id: number }>(
    `select id, agent, coalesce(version, 0) as version, ${hourOf(timeOf('runs'))} as hour
      from runs where id in (select value from json_each(?)) and ${isListed('runs')}`,
  );
  const struckNow = sqlite.prepare<[string], Struck & { run: number }>(
    `select run, agent, failure_type as type, count(*) as count from signals
      where run in (select value from json_each(?)) and gone_at is null group by 1, 2, 3`,
  );
  const nameOf = sqlite.prepare<[number], string>('select name from names where id = ?').pluck();
  const add = sqlite.prepare(
    `insert into run_counts (agent, span, what, slot, version, runs) values (?, ?, ?, ?, ?, ?)
      on conflict do update set runs = runs + excluded.runs`,
  );
  const drop = sqlite.prepare(
    'delete from run_counts where agent = ? and span = ? and what = ? and slot = ? and version = ? and runs = 0',
  );

  function touch(run: number): Touched {
    const known = touched.get(run);
    if (known) return known;
    const begun: Touched = { before: undefined, after: undefined, had: undefined, isNew: false, gained: [] };
    touched.set(run, begun);
    return begun;
  }

  /** The live signals that runs have now, by run. */
  function lookUp(runs: readonly number[]): Map<number, Struck[]> {
    const found = new Map<number, Struck[]>();
    if (runs.length === 0) return found;
    for (const struck of struckNow.iterate(JSON.stringify(runs))) {
      const known = found.get(struck.run);
      if (known) known.push(struck);
      else found.set(struck.run, [struck]);
    }
    return found;
  }

  function change(by: number, agent: number, span: number, what: number, slot: number, version: number): void {
    deltas.at(agent, slot, version, span, what).by += by;
  }

  /** Counts a listed run (or, with -1, no longer) as this kind, by hour and by day. */
  function countAs(what: number, { agent, hour, version }: Counted, by: number): void {
    if (hour === null) return;
    change(by, agent, countedOver.hour, what, hour, version);
    change(by, agent, countedOver.day, what, dayOf(hour), version);
  }

  function isLoop(type: number): boolean {
    const known = loops.get(type);
    if (known !== undefined) return known;
    const found = loopTypes.some((name) => name === nameOf.get(type));
    loops.set(type, found);
    return found;
  }

  /** What a run with such signals counts as besides a run: by type, as failed, as looped. */
  function kindsOf(struck: readonly Struck[]): Set<number> {
    const kinds = new Set<number>();
    let isLooped = false;
    for (const { type, count } of struck) {
      if (count <= 0) continue;
      kinds.add(type);
      isLooped ||= isLoop(type);
    }
    if (kinds.size > 0) kinds.add(countedAs.failed);
    if (isLooped) kinds.add(countedAs.looped);
    return kinds;
  }

  /** All listed runs count over all time as well. */
  function countRun(run: Counted | null, kinds: ReadonlySet<number>, by: number): void {
    if (!run) return;
    change(by, run.agent, countedOver.ever, countedAs.all, 0, 0);
    countAs(countedAs.all, run, by);
    for (const kind of kinds) countAs(kind, run, by);
  }

  function countStruck(struck: readonly Struck[], by: number): void {
    for (const { agent, type, count } of struck) if (count > 0) change(by, agent, countedOver.ever, type, 0, 0);
  }

  function count(
    run: number,
    before: Counted | null | undefined,
    after: Counted | null,
    had: readonly Struck[],
    has: readonly Struck[],
  ): void {
    countStruck(had, -1);
    countStruck(has, 1);
    const kindsBefore = kindsOf(had);
    const kinds = kindsOf(has);
    if (before !== undefined) {
      countRun(before, kindsBefore, -1);
      countRun(after, kinds, 1);
    } else if (after) {
      for (const kind of kindsBefore) if (!kinds.has(kind)) countAs(kind, after, -1);
      for (const kind of kinds) if (!kindsBefore.has(kind)) countAs(kind, after, 1);
    }
    events.count(run, countingOf(before === undefined ? after : before, kindsBefore), countingOf(after, kinds));
  }

  function write({ cell, by }: { cell: Cell; by: number }): void {
    if (by === 0) return;
    const [agent, slot, version, span, what] = cell;
    add.run(agent, span, what, slot, version, by);
    if (by < 0) drop.run(agent, span, what, slot, version);
  }

  function forget(): void {
    touched.clear();
    deltas.clear();
    loops.clear();
    events.forget();
  }

  return {
    came: (run, row) => {
      // One that was there before, in this transaction, may have had signals.
      const isNew = !touched.has(run);
      const known = touch(run);
      known.isNew = isNew;
      if (isNew) known.had = [];
      if (known.before === undefined) known.before = null;
      known.after = row;
    },
    was: (run, before) => {
      const known = touch(run);
      if (known.before === undefined) known.before = before;
      known.after = undefined;
    },
    expect: (runs) => {
      const unknown = runs.filter((run) => !touched.has(run));
      const found = lookUp(unknown);
      for (const run of unknown) touch(run).had = found.get(run) ?? [];
    },
    gained: (run, agent, type, by) => {
      gain(touch(run).gained, agent, type, by);
    },
    sums: (run, sign, load) => {
      touch(run);
      events.sums(run, sign, load);
    },
    input: (run, sign, hash) => {
      touch(run);
      events.input(run, sign, hash);
    },
    apply: () => {
      if (touched.size === 0) return;
      const all = [...touched].filter(
        ([run, { before, gained }]) => before !== undefined || gained.length > 0 || events.hasChanged(run),
      );
      const unknown = all.filter(([, { after }]) => after === undefined).map(([run]) => run);
      const now = new Map(unknown.length > 0 ? runsNow.all(JSON.stringify(unknown)).map((row) => [row.id, row]) : []);
      const struck = lookUp(all.filter(([, { had }]) => had === undefined).map(([run]) => run));
      events.read(all.filter(([run, { isNew }]) => !isNew || events.hasChanged(run)).map(([run]) => run));
      for (const [run, { before, after = now.get(run) ?? null, had, gained }] of all) {
        const known = struck.get(run) ?? nothing;
        if (had) count(run, before, after, had, sum(had, gained, 1));
        else count(run, before, after, sum(known, gained, -1), known);
      }
      for (const delta of deltas.all()) write(delta);
      events.apply();
      touched.clear();
      deltas.clear();
    },
    forget,
  };
}

const countingOf = (run: Counted | null, kinds: ReadonlySet<number>): Counting | null =>
  run && run.hour !== null ? { agent: run.agent, hour: run.hour, kinds } : null;

function gain(to: Struck[], agent: number, type: number, by: number): void {
  const known = to.find((one) => one.type === type && one.agent === agent);
  if (known) known.count += by;
  else to.push({ agent, type, count: by });
}

/** `struck` with `gained` added to it, or (-1) taken from it. */
function sum(struck: readonly Struck[], gained: readonly Struck[], sign: number): readonly Struck[] {
  if (gained.length === 0) return struck;
  const all = struck.map((one) => ({ ...one }));
  for (const { agent, type, count } of gained) gain(all, agent, type, sign * count);
  return all;
}
