import type Database from 'better-sqlite3';
import type { CallSums } from './call-sums.ts';
import { type Counted, hourOf, isListed, timeOf } from './counted-rows.ts';
import { createRunRollup } from './run-rollup.ts';
import { type CountedSignal, createSignalRollup } from './signal-rollup.ts';

/**
 * Keeps the tables of counts.ts true. Triggers of the writing connection tell of every row that changes or goes,
 * by whatever statement; what that comes to is written at the end of the transaction, a few rows a page. (Counting in the
 * triggers themselves would write several rows for each.)
 */
export interface Rollups extends Arrivals {
  /** Counts what has changed; to be called at the end of a transaction. */
  apply(): void;
  /** Drops what was not counted yet: it was rolled back. */
  forget(): void;
}

/**
 * Whoever inserts a row tells of it here. A trigger could; but then SQLite would make a savepoint of each insert, and copy
 * every page of every index that it touches: that takes three times as long as the insert itself.
 */
export interface Arrivals {
  /** `row` is what a list that shows the run told of it; null: none does. */
  run(id: number, row: Counted | null): void;
  signal(row: CountedSignal): void;
  /** The sums of a model over a run's events, and an event that holds an input. */
  sums(run: number, row: CallSums): void;
  input(run: number, hash: string): void;
  /** Signals of these runs are about to come, in this transaction: to be told so is quicker, and not needed. */
  signalsOf(runs: readonly number[]): void;
}

const runState = (row: string) =>
  `${row}.id, ${isListed(row)}, ${row}.agent, coalesce(${row}.version, 0), ${hourOf(timeOf(row))}`;
const runColumns = ['agent', 'version', 'started_at', 'completed_at', 'gone_at'];
const signalColumns = ['agent', 'run', 'failure_type', 'severity', 'version', 'detected_at', 'gone_at'];
const signalState = (row: string) => ['key', ...signalColumns].map((column) => `${row}.${column}`).join();
const differs = (values: readonly string[]) => values.map((value) => `old.${value} is not new.${value}`).join(' or ');

const triggers = `
  create temp trigger run_went after delete on main.runs begin select run_was(${runState('old')}); end;
  create temp trigger run_changed after update on main.runs
    when ${differs(runColumns)} or (old.pass is null) <> (new.pass is null) begin select run_was(${runState('old')}); end;
  create temp trigger signal_went after delete on main.signals begin select signal_is(-1, ${signalState('old')}); end;
  create temp trigger signal_changed after update of ${signalColumns.join(', ')} on main.signals
    when ${differs(signalColumns)}
    begin select signal_is(-1, ${signalState('old')}), signal_is(1, ${signalState('new')}); end;
  create temp trigger sums_went after delete on main.run_sums
    begin select sums_went(old.run, old.prompt, old.prompts, old.latency_us, old.latencies); end;
  create temp trigger input_went after delete on main.run_events when old.input_hash is not null
    begin select input_went(old.run, old.input_hash); end;`;

/** Begins to keep the counts of the database of a writing connection. */
export function keepRollups(sqlite: Database.Database): Rollups {
  const runs = createRunRollup(sqlite);
  const signals = createSignalRollup(sqlite);

  function signalIs(sign: number, signal: CountedSignal): void {
    signals.change(sign, signal);
    if (signal.goneAt === null) runs.gained(signal.run, signal.agent, signal.failureType, sign);
  }

  sqlite.function('run_was', (run: number, listed: number, agent: number, version: number, hour: number | null) =>
    runs.was(run, listed === 1 ? { agent, version, hour } : null),
  );
  sqlite.function(
    'signal_is',
    (
      sign: number,
      key: number,
      agent: number,
      run: number,
      failureType: number,
      severity: number,
      version: number | null,
      detectedAt: number,
      goneAt: number | null,
    ) => signalIs(sign, { key, agent, run, failureType, severity, version, detectedAt, goneAt }),
  );
  sqlite.function('sums_went', (run: number, prompt: number, prompts: number, latency: number, latencies: number) =>
    runs.sums(run, -1, { prompt, prompts, latency, latencies }),
  );
  sqlite.function('input_went', (run: number, hash: string) => runs.input(run, -1, hash));
  sqlite.exec(triggers);

  return {
    run: runs.came,
    signal: (row) => signalIs(1, row),
    signalsOf: runs.expect,
    sums: (run, row) => runs.sums(run, 1, row),
    input: (run, hash) => runs.input(run, 1, hash),
    apply: () => {
      runs.apply();
      signals.apply();
    },
    forget: () => {
      runs.forget();
      signals.forget();
    },
  };
}
