import type Database from 'better-sqlite3';
import { countedAs, countedOver, loopTypes } from './counts.ts';

/**
 * Keeps `run_counts` and `signal_counts` true. Triggers of the writing connection tell of every row that changes, by
 * whatever statement; what that comes to is written at the end of the transaction, a few rows a page. (Counting in the
 * triggers themselves would write several rows for each.)
 */
export interface Rollups {
  /** Counts what has changed; to be called at the end of a transaction. */
  apply(): void;
  /** Drops what was not counted yet: it was rolled back. */
  forget(): void;
}

/** The hour since 1970 of a moment in SQL; whatever a server sends has one. */
export const hourOf = (time: string) =>
  `case when ${time} < 0 then -1 else cast(min(${time}, 253402300800.0) / 3600 as integer) end`;

/** The day of an hour. */
const dayOf = (hour: number) => Math.floor(hour / 24);

export const timeOf = (row: string) => `coalesce(${row}.started_at, ${row}.completed_at)`;
export const isListed = (row: string) => `${row}.gone_at is null and ${row}.pass is not null`;
const runState = (row: string) =>
  `${row}.id, ${isListed(row)}, ${row}.agent, coalesce(${row}.version, 0), ${hourOf(timeOf(row))}`;
const signalState = (row: string) =>
  `${row}.key, ${row}.gone_at is not null, ${row}.agent, ${row}.run, ${row}.failure_type, ${row}.severity, coalesce(${row}.version, 0), ${row}.detected_at, ${hourOf(`${row}.detected_at`)}`;
const differs = (values: readonly string[]) => values.map((value) => `old.${value} is not new.${value}`).join(' or ');

const runColumns = ['agent', 'version', 'started_at', 'completed_at', 'gone_at'];
const signalColumns = ['agent', 'run', 'failure_type', 'severity', 'version', 'detected_at', 'gone_at'];

const triggers = `
  create temp trigger run_came after insert on main.runs begin select run_was(new.id, 0, 0, 0, null); end;
  create temp trigger run_went after delete on main.runs begin select run_was(${runState('old')}); end;
  create temp trigger run_changed after update on main.runs
    when ${differs(runColumns)} or (old.pass is null) <> (new.pass is null) begin select run_was(${runState('old')}); end;
  create temp trigger signal_came after insert on main.signals begin select signal_is(1, ${signalState('new')}); end;
  create temp trigger signal_went after delete on main.signals begin select signal_is(-1, ${signalState('old')}); end;
  create temp trigger signal_changed after update of ${signalColumns.join(', ')} on main.signals
    when ${differs(signalColumns)}
    begin select signal_is(-1, ${signalState('old')}), signal_is(1, ${signalState('new')}); end;`;

/** A listed run: what it is counted by. */
interface Counted {
  agent: number;
  version: number;
  /** null: not known. */
  hour: number | null;
}

interface Touched {
  /** What the run was when the transaction began; null: it was none, or not listed; undefined: it is as it was. */
  before?: Counted | null;
  /** By how many live signals it gained, by agent and type. */
  gained: Map<string, number>;
}

/** What signals of one day have gained. */
interface Gain {
  signals: number;
  gone: number;
  firstAt: number | null;
  lastAt: number | null;
  newest: number | null;
  /** Some went: the first and last may be others now. */
  lost: boolean;
}

const keyOf = (...parts: readonly number[]) => parts.join(' ');
const partsOf = (key: string) => key.split(' ').map(Number);
const least = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.min(a, b));
const most = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : Math.max(a, b));

/** Begins to keep the counts of the database of a writing connection. */
export function keepRollups(sqlite: Database.Database): Rollups {
  const touched = new Map<number, Touched>();
  const gains = new Map<string, Gain>();
  const loops = new Map<number, boolean>();

  function touch(run: number): Touched {
    const known = touched.get(run);
    if (known) return known;
    const begun: Touched = { gained: new Map() };
    touched.set(run, begun);
    return begun;
  }

  sqlite.function('run_was', (run: number, listed: number, agent: number, version: number, hour: number | null) => {
    const known = touch(run);
    if (known.before === undefined) known.before = listed === 1 ? { agent, version, hour } : null;
  });

  sqlite.function(
    'signal_is',
    (
      sign: number,
      key: number,
      gone: number,
      agent: number,
      run: number,
      type: number,
      severity: number,
      version: number,
      at: number,
      hour: number,
    ) => {
      const cell = keyOf(agent, dayOf(hour), type, severity, version);
      const live = gone === 0;
      const one = { signals: live ? sign : 0, gone: live ? 0 : sign, lost: sign < 0 };
      const own = live && sign > 0 ? { firstAt: at, lastAt: at, newest: key } : none;
      add(gains, cell, { ...one, ...own });
      if (!live) return;
      const { gained } = touch(run);
      const struck = keyOf(agent, type);
      gained.set(struck, (gained.get(struck) ?? 0) + sign);
    },
  );
  sqlite.exec(triggers);

  const runsNow = sqlite.prepare<[string], Counted & { id: number }>(
    `select id, agent, coalesce(version, 0) as version, ${hourOf(timeOf('runs'))} as hour
      from runs where id in (select value from json_each(?)) and ${isListed('runs')}`,
  );
  const struckNow = sqlite.prepare<[string], { run: number; agent: number; type: number; count: number }>(
    `select run, agent, failure_type as type, count(*) as count from signals
      where run in (select value from json_each(?)) and gone_at is null group by 1, 2, 3`,
  );
  const nameOf = sqlite.prepare<[number], string>('select name from names where id = ?').pluck();
  const addRuns = sqlite.prepare(
    `insert into run_counts (agent, span, what, slot, version, runs) values (?, ?, ?, ?, ?, ?)
      on conflict do update set runs = runs + excluded.runs`,
  );
  const dropRuns = sqlite.prepare(
    'delete from run_counts where agent = ? and span = ? and what = ? and slot = ? and version = ? and runs = 0',
  );
  const cellKey = 'agent = ? and span = ? and slot = ? and failure_type = ? and severity = ? and version = ?';
  const addSignals = sqlite.prepare(
    `insert into signal_counts (agent, span, slot, failure_type, severity, version, signals, gone, first_at, last_at, newest)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      on conflict do update set signals = signals + excluded.signals, gone = gone + excluded.gone,
        first_at = min(coalesce(first_at, excluded.first_at), coalesce(excluded.first_at, first_at)),
        last_at = max(coalesce(last_at, excluded.last_at), coalesce(excluded.last_at, last_at)),
        newest = min(coalesce(newest, excluded.newest), coalesce(excluded.newest, newest))`,
  );
  const dropSignals = sqlite.prepare(`delete from signal_counts where ${cellKey} and signals = 0 and gone = 0`);
  const setEnds = 'update signal_counts as c set (first_at, last_at, newest) =';
  const ofCell = 's.agent = c.agent and s.failure_type = c.failure_type and s.severity = c.severity';
  const endsOfDay = sqlite.prepare(
    `${setEnds} (select min(detected_at), max(detected_at), min(key) from signals s
        where ${ofCell} and coalesce(s.version, 0) = c.version and s.gone_at is null
          and s.detected_at >= ? and s.detected_at < ?)
      where ${cellKey}`,
  );
  const endsOfAll = sqlite.prepare(
    `${setEnds} (select min(first_at), max(last_at), min(newest) from signal_counts s
        where ${ofCell} and s.span = ${countedOver.day})
      where ${cellKey}`,
  );

  function isLoop(type: number): boolean {
    const known = loops.get(type);
    if (known !== undefined) return known;
    const found = loopTypes.some((name) => name === nameOf.get(type));
    loops.set(type, found);
    return found;
  }

  /** Where a run counts, by the keys of `run_counts`. */
  function countsOf(run: Counted | null, struck: ReadonlyMap<string, number>): string[] {
    const { all, failed, looped } = countedAs;
    const { ever, hour, day } = countedOver;
    const live = [...struck].flatMap(([key, count]) => (count > 0 ? [partsOf(key)] : []));
    const counts = live.map(([agent = 0, type = 0]) => keyOf(agent, ever, type, 0, 0));
    if (!run) return counts;
    counts.push(keyOf(run.agent, ever, all, 0, 0));
    if (run.hour === null) return counts;
    const types = [...new Set(live.map(([, type = 0]) => type))];
    const kinds = [all, ...types];
    if (types.length > 0) kinds.push(failed);
    if (types.some(isLoop)) kinds.push(looped);
    for (const what of kinds) {
      counts.push(keyOf(run.agent, hour, what, run.hour, run.version));
      counts.push(keyOf(run.agent, day, what, dayOf(run.hour), run.version));
    }
    return counts;
  }

  function applyRuns(): void {
    const ids = JSON.stringify([...touched.keys()]);
    const now = new Map(runsNow.all(ids).map((row) => [row.id, row]));
    const struckOf = new Map<number, Map<string, number>>();
    for (const { run, agent, type, count } of struckNow.iterate(ids)) {
      const known = struckOf.get(run) ?? new Map<string, number>();
      struckOf.set(run, known.set(keyOf(agent, type), count));
    }
    const deltas = new Map<string, number>();
    const change = (key: string, by: number) => deltas.set(key, (deltas.get(key) ?? 0) + by);
    for (const [id, { before, gained }] of touched) {
      const after = now.get(id) ?? null;
      const struck = struckOf.get(id) ?? new Map<string, number>();
      const struckBefore = new Map(struck);
      for (const [key, count] of gained) struckBefore.set(key, (struck.get(key) ?? 0) - count);
      for (const key of countsOf(before === undefined ? after : before, struckBefore)) change(key, -1);
      for (const key of countsOf(after, struck)) change(key, 1);
    }
    for (const [key, by] of deltas) {
      if (by === 0) continue;
      const parts = partsOf(key);
      addRuns.run(...parts, by);
      if (by < 0) dropRuns.run(...parts);
    }
  }

  function applySignals(): void {
    const { ever, day } = countedOver;
    const overall = new Map<string, Gain>();
    const write = (parts: readonly number[], gain: Gain) =>
      addSignals.run(...parts, gain.signals, gain.gone, gain.firstAt, gain.lastAt, gain.newest);
    for (const [key, gain] of gains) {
      const [agent = 0, slot = 0, type = 0, severity = 0, version = 0] = partsOf(key);
      const parts = [agent, day, slot, type, severity, version];
      add(overall, keyOf(agent, ever, 0, type, severity, 0), gain);
      write(parts, gain);
      if (!gain.lost) continue;
      const from = slot < 0 ? Number.NEGATIVE_INFINITY : slot * day;
      endsOfDay.run(from, slot >= lastDay ? Number.POSITIVE_INFINITY : (slot + 1) * day, ...parts);
      dropSignals.run(...parts);
    }
    for (const [key, gain] of overall) {
      const parts = partsOf(key);
      write(parts, gain);
      if (!gain.lost) continue;
      endsOfAll.run(...parts);
      dropSignals.run(...parts);
    }
  }

  function forget(): void {
    touched.clear();
    gains.clear();
    loops.clear();
  }

  return {
    apply: () => {
      if (touched.size > 0) applyRuns();
      if (gains.size > 0) applySignals();
      touched.clear();
      gains.clear();
    },
    forget,
  };
}

const none = { firstAt: null, lastAt: null, newest: null } as const;

/** The day of the latest hour there is: it holds all that comes after it. */
const lastDay = 253_402_300_800 / countedOver.day;

function add(gains: Map<string, Gain>, key: string, gain: Gain): void {
  const known = gains.get(key);
  if (!known) {
    gains.set(key, { ...gain });
    return;
  }
  known.signals += gain.signals;
  known.gone += gain.gone;
  known.firstAt = least(known.firstAt, gain.firstAt);
  known.lastAt = most(known.lastAt, gain.lastAt);
  known.newest = least(known.newest, gain.newest);
  known.lost ||= gain.lost;
}
