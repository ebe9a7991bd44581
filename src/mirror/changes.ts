import type Database from 'better-sqlite3';
import { dayOf, dayOfSql, endOfDay, startOfDay } from '../days.ts';
import { countedAs } from '../db/day-tables.ts';
import { isListedRun, kindsOfListed, runTime } from '../db/run-kinds.ts';

/**
 * What a transaction has changed. Every writer of rows reports it here; at the end of the transaction the days of these rows
 * are counted again, and the revision moves.
 */
export interface Changes {
  /** A run (by its number) was added or changed, or its events or signals were. */
  run(id: number): void;
  /** A run that took place at this time (Unix seconds) is about to change or go. */
  runAt(agent: number, time: number | null): void;
  /** The same of a signal. */
  signalAt(agent: number, detectedAt: number): void;
  /** All rows of all agents have changed. */
  everything(): void;
  /** Something changed that no day counts. */
  other(): void;
  /** To be called at the end of the transaction. */
  settle(): void;
  /** The transaction was rolled back. */
  forget(): void;
}

const touched = `touched(agent, day, since, until) as materialized (
  select value->>0, value->>1, value->>2, value->>3 from json_each(@days))`;

const dropDays = (table: string) =>
  `delete from ${table} where (agent, day) in (select value->>0, value->>1 from json_each(@days))`;

const countRuns = `
  with ${touched},
    listed as materialized (
      select r.id, t.agent, t.day, coalesce(r.version, 0) as version
      from touched t cross join runs r
        on r.agent = t.agent and ${runTime} >= t.since and ${runTime} < t.until and ${isListedRun}),
    ${kindsOfListed('id, agent, day, version')},
    events as materialized (
      select s.run, sum(calls) as calls, total(prompt) as prompt, sum(prompts) as prompts,
        total(called) + total(responded) as toldPrompt, sum(told) as told, total(latency_us) as latency,
        sum(latencies) as latencies
      from listed cross join run_sums s on s.run = listed.id group by s.run)
  insert into run_days (agent, day, what, version, runs, with_events, calls, prompt, prompts, told_prompt, told, latency_us,
    latencies)
  select agent, day, what, version, count(*), count(e.run), coalesce(sum(e.calls), 0), total(e.prompt),
    coalesce(sum(e.prompts), 0), total(e.toldPrompt), coalesce(sum(e.told), 0), total(e.latency),
    coalesce(sum(e.latencies), 0)
  from kinds k left join events e on e.run = k.id and k.what = ${countedAs.all}
  group by agent, day, what, version`;

const countSignals = `
  with ${touched}
  insert into signal_days (agent, day, failure_type, severity, version, signals, runs)
  select t.agent, t.day, s.failure_type, s.severity, coalesce(s.version, 0), count(*),
    sum(not exists (select 1 from signals o where o.run = s.run and o.failure_type = s.failure_type and o.gone_at is null
      and o.agent = s.agent and o.key > s.key))
  from touched t cross join signals s on s.agent = t.agent and s.detected_at >= t.since and s.detected_at < t.until
    and s.gone_at is null
  group by 1, 2, 3, 4, 5`;

type Days = Map<number, Set<number>>;

function mark(days: Days, agent: number, day: number): void {
  const known = days.get(agent);
  if (known) known.add(day);
  else days.set(agent, new Set([day]));
}

/** The days as statements above take them. */
const toJson = (days: Days) =>
  JSON.stringify(
    [...days].flatMap(([agent, numbers]) => [...numbers].map((day) => [agent, day, startOfDay(day), endOfDay(day)])),
  );

export function createChanges(sqlite: Database.Database): Changes {
  const runs = new Set<number>();
  const runDays: Days = new Map();
  const signalDays: Days = new Map();
  let isAll = false;
  let isOther = false;

  const daysOfRuns = sqlite.prepare<[string], { agent: number; day: number }>(
    `select distinct r.agent, ${dayOfSql(runTime)} as day from runs r
      where r.id in (select value from json_each(?)) and ${runTime} is not null`,
  );
  const daysOfSignals = sqlite.prepare<[string], { agent: number; day: number }>(
    `select distinct agent, ${dayOfSql('detected_at')} as day from signals
      where run in (select value from json_each(?))`,
  );
  const counted = (table: string) =>
    sqlite.prepare<[], { agent: number; day: number }>(`select distinct agent, day from ${table}`);
  const [countedRuns, countedSignals] = [counted('run_days'), counted('signal_days')];
  const [dropRuns, addRuns] = [sqlite.prepare(dropDays('run_days')), sqlite.prepare(countRuns)];
  const [dropSignals, addSignals] = [sqlite.prepare(dropDays('signal_days')), sqlite.prepare(countSignals)];
  const move = sqlite.prepare('update mirror_meta set revision = revision + 1');

  function forget(): void {
    for (const marked of [runs, runDays, signalDays]) marked.clear();
    isAll = false;
    isOther = false;
  }

  function markAll(days: Days, found: readonly { agent: number; day: number }[]): void {
    for (const { agent, day } of found) mark(days, agent, day);
  }

  return {
    run: (id) => {
      runs.add(id);
    },
    runAt: (agent, time) => {
      if (time !== null) mark(runDays, agent, dayOf(time));
    },
    signalAt: (agent, detectedAt) => mark(signalDays, agent, dayOf(detectedAt)),
    everything: () => {
      isAll = true;
    },
    other: () => {
      isOther = true;
    },
    settle: () => {
      if (!isAll && !isOther && runs.size + runDays.size + signalDays.size === 0) return;
      if (runs.size > 0) {
        const ids = JSON.stringify([...runs]);
        markAll(runDays, daysOfRuns.all(ids));
        markAll(signalDays, daysOfSignals.all(ids));
      }
      if (isAll) {
        markAll(runDays, countedRuns.all());
        markAll(signalDays, countedSignals.all());
      }
      for (const [days, drop, add] of [
        [runDays, dropRuns, addRuns],
        [signalDays, dropSignals, addSignals],
      ] as const) {
        if (days.size === 0) continue;
        const bound = { days: toJson(days) };
        drop.run(bound);
        add.run(bound);
      }
      move.run();
      forget();
    },
    forget,
  };
}
