import type Database from 'better-sqlite3';
import { dayOf, hourOf, isListed, timeOf } from './counted-rows.ts';
import { countedAs, countedOver, loopTypes } from './counts.ts';
import { type Counting, createEventRollup, type EventRollup } from './event-rollup.ts';

/** A listed run: what it is counted by. */
export interface Counted {
  agent: number;
  version: number;
  /** null: not known. */
  hour: number | null;
}

interface Touched {
  /** What the run was when the transaction began; null: it was none, or not listed; undefined: it is as it was. */
  before?: Counted | null;
  /** It was inserted: what its events count as is what they gained. */
  isNew: boolean;
  /** By how many live signals it gained. */
  gained: Struck[];
}

/** Live signals of a type that a run has, or has gained. */
interface Struck {
  agent: number;
  type: number;
  count: number;
}

/** Keeps `run_counts`, and what the events of runs count as: what changes is gathered in a transaction, and written at its end. */
export interface RunRollup extends Pick<EventRollup, 'sums' | 'input'> {
  /** The run was inserted. */
  came(run: number): void;
  /** The run was so before it was changed; null: it was none, or not listed. */
  was(run: number, before: Counted | null): void;
  /** The run gained (or lost) a live signal. */
  gained(run: number, change: Struck): void;
  apply(): void;
  forget(): void;
}

interface Delta {
  key: readonly [agent: number, span: number, what: number, slot: number, version: number];
  by: number;
}

export function createRunRollup(sqlite: Database.Database): RunRollup {
  const touched = new Map<number, Touched>();
  const loops = new Map<number, boolean>();
  const deltas = new Map<string, Delta>();
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
    const begun: Touched = { isNew: false, gained: [] };
    touched.set(run, begun);
    return begun;
  }

  function change(by: number, agent: number, span: number, what: number, slot: number, version: number): void {
    const name = `${agent} ${span} ${what} ${slot} ${version}`;
    const known = deltas.get(name);
    if (known) known.by += by;
    else deltas.set(name, { key: [agent, span, what, slot, version], by });
  }

  /** Counts a listed run (or, with -1, no longer) as these kinds, by hour and by day. */
  function countAs(kinds: Iterable<number>, { agent, hour, version }: Counted, by: number): void {
    if (hour === null) return;
    for (const what of kinds) {
      change(by, agent, countedOver.hour, what, hour, version);
      change(by, agent, countedOver.day, what, dayOf(hour), version);
    }
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
    for (const { type, count } of struck) if (count > 0) kinds.add(type);
    const isLooped = [...kinds].some(isLoop);
    if (kinds.size > 0) kinds.add(countedAs.failed);
    if (isLooped) kinds.add(countedAs.looped);
    return kinds;
  }

  /** All listed runs count over all time as well. */
  function countRun(run: Counted | null, kinds: ReadonlySet<number>, by: number): void {
    if (!run) return;
    change(by, run.agent, countedOver.ever, countedAs.all, 0, 0);
    countAs([countedAs.all, ...kinds], run, by);
  }

  function count(run: number, { before, gained }: Touched, after: Counted | null, struck: readonly Struck[]): void {
    const struckBefore = without(struck, gained);
    for (const { agent, type, count } of struck) if (count > 0) change(1, agent, countedOver.ever, type, 0, 0);
    for (const { agent, type, count } of struckBefore) if (count > 0) change(-1, agent, countedOver.ever, type, 0, 0);
    const kinds = kindsOf(struck);
    const kindsBefore = kindsOf(struckBefore);
    if (before !== undefined) {
      countRun(before, kindsBefore, -1);
      countRun(after, kinds, 1);
    } else if (after) {
      countAs(missingIn(kinds, kindsBefore), after, -1);
      countAs(missingIn(kindsBefore, kinds), after, 1);
    }
    events.count(run, countingOf(before === undefined ? after : before, kindsBefore), countingOf(after, kinds));
  }

  function forget(): void {
    touched.clear();
    deltas.clear();
    loops.clear();
    events.forget();
  }

  function was(run: number, before: Counted | null): void {
    const known = touch(run);
    if (known.before === undefined) known.before = before;
  }

  return {
    was,
    came: (run) => {
      const isKnown = touched.has(run);
      touch(run).isNew = !isKnown;
      was(run, null);
    },
    sums: (run, sign, load) => {
      touch(run);
      events.sums(run, sign, load);
    },
    input: (run, sign, hash) => {
      touch(run);
      events.input(run, sign, hash);
    },
    gained: (run, struck) => {
      touch(run).gained.push(struck);
    },
    apply: () => {
      if (touched.size === 0) return;
      const ids = JSON.stringify([...touched.keys()]);
      const now = new Map(runsNow.all(ids).map((row) => [row.id, row]));
      const struckOf = new Map<number, Struck[]>();
      for (const struck of struckNow.all(ids)) {
        const known = struckOf.get(struck.run);
        if (known) known.push(struck);
        else struckOf.set(struck.run, [struck]);
      }
      events.read([...touched].flatMap(([run, { isNew }]) => (isNew && !events.hasChanged(run) ? [] : run)));
      for (const [run, changed] of touched) count(run, changed, now.get(run) ?? null, struckOf.get(run) ?? []);
      for (const { key, by } of deltas.values()) {
        if (by === 0) continue;
        add.run(...key, by);
        if (by < 0) drop.run(...key);
      }
      events.apply();
      touched.clear();
      deltas.clear();
    },
    forget,
  };
}

/** What there was before `gained` came. */
function without(struck: readonly Struck[], gained: readonly Struck[]): Struck[] {
  const before = struck.map((one) => ({ ...one }));
  for (const { agent, type, count } of gained) {
    const known = before.find((one) => one.agent === agent && one.type === type);
    if (known) known.count -= count;
    else before.push({ agent, type, count: -count });
  }
  return before;
}

const countingOf = (run: Counted | null, kinds: ReadonlySet<number>): Counting | null =>
  run && run.hour !== null ? { agent: run.agent, hour: run.hour, kinds } : null;

const missingIn = (present: ReadonlySet<number>, all: ReadonlySet<number>) =>
  [...all].filter((kind) => !present.has(kind));
