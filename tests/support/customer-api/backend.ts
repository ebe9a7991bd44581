import { computeHealth } from '../../../src/sample/health.ts';
import type { Json, WireAgent, WireRun, WireRunDetail, WireSignal } from '../../../src/sample/wire.ts';
import { AgentState } from './agent-state.ts';
import { cachedView, NewestFirst } from './newest-first.ts';
import { RawRows } from './raw-rows.ts';
import {
  type Generation,
  type RunEntry,
  runDetail,
  runEntry,
  type SampleRun,
  type SignalEntry,
  type SignalSpec,
  signalRow,
  withoutExplanation,
} from './rows.ts';

export type { Generation, SampleRun, SignalSpec } from './rows.ts';

export interface SampleBackendOptions {
  /** Which fields and endpoints the API has; see `wire.ts`. */
  readonly generation: Generation;
  /** Unix seconds, for what depends on the current day (sparklines, health). Default: the system's time. */
  readonly now?: (() => number) | undefined;
}

export interface SignalFilter {
  readonly severity?: string | undefined;
  readonly failureType?: string | undefined;
  /** Also signals of detectors on probation. Ignored by generation 1, which never shows them. */
  readonly includeShadow?: boolean | undefined;
}

export interface AllSignalsFilter extends SignalFilter {
  readonly agentId?: string | undefined;
  /** False leaves out what, why_it_matters and suggested_fixes. */
  readonly explain?: boolean | undefined;
}

export type RawList = 'agents' | 'runs' | 'signals';

const ALL_SIGNALS = 'all signals';

/**
 * A Dunetrace backend in memory, without HTTP: events come in, a detector analyses runs, rows expire or are deleted,
 * and readers give the JSON the Customer API would give. Operations on an id that is not there throw.
 */
export class SampleBackend {
  readonly generation: Generation;
  /** Lists without pages, by their paths; a path that is not here is not found. */
  readonly plainLists = new Map<string, readonly unknown[]>();
  readonly #now: () => number;
  readonly #agents = new Map<string, AgentState>();
  readonly #runs = new Map<string, RunEntry>();
  readonly #signals = new Map<number, SignalEntry>();
  readonly #raw = new RawRows();
  #fleet = new NewestFirst<SignalEntry>();
  #liveFleet: () => readonly WireSignal[] = () => [];
  #wholeFleet: () => readonly WireSignal[] = () => [];
  #nextSignalId = 1;
  #lastDetected = 0;

  constructor(options: SampleBackendOptions) {
    this.generation = options.generation;
    this.#now = options.now ?? (() => Date.now() / 1000);
    this.wipe();
  }

  /** The time of the world that it shows, in Unix seconds. */
  now(): number {
    return this.#now();
  }

  /** Events of a run arrive: its agent is listed and moves up, the run itself is not listed before `analyse`. */
  ingestRun(run: SampleRun): void {
    if (this.#runs.has(run.runId)) throw new Error(`run ${run.runId} was already ingested`);
    const entry = runEntry(run);
    this.#runs.set(run.runId, entry);
    let agent = this.#agents.get(run.agentId);
    if (agent === undefined) {
      agent = new AgentState(run.agentId, this.generation);
      this.#agents.set(run.agentId, agent);
    }
    if (entry.events.length > 0) agent.eventsArrived(entry);
  }

  /**
   * A detector looks at the run: it goes on top of the runs list, its signals into the signals list (later specs
   * above earlier ones at the same time). A run that was analysed before stays where it is and gets the signals.
   * Returns the new signals in the order of `specs`.
   */
  analyse(runId: string, specs: readonly SignalSpec[] = []): readonly WireSignal[] {
    const entry = this.#run(runId);
    const agent = this.#agent(entry);
    const usual = Math.max(entry.run.completedAt + 5, this.#lastDetected);
    const found = specs.map((spec) => {
      const detectedAt = spec.detectedAt ?? usual;
      this.#lastDetected = Math.max(this.#lastDetected, detectedAt);
      const id = this.#nextSignalId++;
      const row = signalRow(spec, entry.run, { id, detectedAt, together: specs.length }, this.generation);
      const signal: SignalEntry = { row, shadow: spec.shadow === true, run: entry };
      this.#signals.set(id, signal);
      entry.signals.push(signal);
      agent.signals.addRanked(signal, detectionTime);
      this.#fleet.addRanked(signal, detectionTime);
      if (!signal.shadow) agent.count(row, 1);
      return row;
    });
    if (entry.analysedAt === undefined) {
      entry.analysedAt = entry.run.completedAt + 5;
      agent.runs.add(entry);
    }
    agent.runChanged(entry);
    return found;
  }

  /** The run's events reached the end of their retention: the run stays listed, without times and steps. */
  expireEvents(runId: string): void {
    const entry = this.#run(runId);
    const agent = this.#agent(entry);
    entry.events = [];
    agent.eventsGone(entry);
    agent.runChanged(entry);
  }

  /** The run and its events are gone; its signals stay. */
  dropRun(runId: string): void {
    const entry = this.#run(runId);
    this.expireEvents(runId);
    this.#agent(entry).runs.remove(entry);
    this.#runs.delete(runId);
  }

  deleteSignal(id: number): void {
    const signal = this.#signal(id);
    const { run } = signal;
    const agent = this.#agent(run);
    this.#signals.delete(id);
    run.signals.splice(run.signals.indexOf(signal), 1);
    agent.signals.remove(signal);
    this.#fleet.remove(signal);
    if (!signal.shadow) agent.count(signal.row, -1);
    agent.runChanged(run);
  }

  /** An alert about the signal went out. */
  setAlerted(id: number): void {
    const signal = this.#signal(id);
    this.#replaceRow(signal, { ...signal.row, alerted: true });
  }

  /** The detector behind a shadow signal left probation: the signal is shown and counted from now on. */
  endShadow(id: number): void {
    const signal = this.#signal(id);
    if (!signal.shadow) return;
    signal.shadow = false;
    this.#agent(signal.run).count(signal.row, 1);
    this.#agent(signal.run).runChanged(signal.run);
    this.#replaceRow(signal, this.generation === 2 ? { ...signal.row, shadow: false } : signal.row);
  }

  /** `docker compose down -v`: nothing is left, and signal ids start at 1 again. */
  wipe(): void {
    this.#agents.clear();
    this.#runs.clear();
    this.#signals.clear();
    this.#raw.clear();
    this.#fleet = new NewestFirst();
    this.#liveFleet = cachedView(this.#fleet, (signal) => (signal.shadow ? undefined : signal.row));
    this.#wholeFleet = cachedView(this.#fleet, (signal) => signal.row);
    this.#nextSignalId = 1;
    this.#lastDetected = 0;
  }

  /**
   * Puts a row of any content on top of a list as HTTP shows it (`withRawRows`); later rows push it down.
   * `agentId` does not matter for the agents list, whose top is always kept.
   */
  addRawRow(list: RawList, agentId: string, row: unknown): void {
    const agent = this.#agents.get(agentId);
    if (list === 'agents') this.#raw.add('agents', row, Number.POSITIVE_INFINITY);
    if (list === 'runs') this.#raw.add(`runs of ${agentId}`, row, agent?.runs.length ?? 0);
    if (list === 'signals') {
      this.#raw.add(`signals of ${agentId}`, row, agent?.signals.length ?? 0);
      this.#raw.add(ALL_SIGNALS, row, this.#fleet.length);
    }
  }

  /** `rows` of a list, filtered or not, with its raw rows; no agent id stands for the list of all agents. */
  withRawRows(list: RawList, agentId: string | undefined, rows: readonly unknown[]): readonly unknown[] {
    if (list === 'agents') return this.#raw.mixInto('agents', rows);
    return this.#raw.mixInto(agentId === undefined ? ALL_SIGNALS : `${list} of ${agentId}`, rows);
  }

  /** `/v1/agents`: by `last_seen`, latest first. */
  agents(): readonly WireAgent[] {
    const now = this.#now();
    return [...this.#agents.values()]
      .filter((agent) => agent.listed)
      .map((agent) => agent.row(now))
      .sort((a, b) => b.last_seen - a.last_seen);
  }

  /** `/v1/agents/{id}/runs`: by time of analysis, latest first. */
  runs(agentId: string, filter: { readonly hasSignals?: boolean | undefined } = {}): readonly WireRun[] {
    const rows = this.#agents.get(agentId)?.runRows() ?? [];
    return filter.hasSignals === undefined ? rows : rows.filter((row) => row.has_signals === filter.hasSignals);
  }

  /** `/v1/agents/{id}/signals`: by `detected_at`, latest first. */
  signals(agentId: string, filter: SignalFilter = {}): readonly WireSignal[] {
    const agent = this.#agents.get(agentId);
    if (agent === undefined) return [];
    return matching(this.#showsShadow(filter) ? agent.everySignal() : agent.liveSignals(), filter);
  }

  /** `/v1/signals` (generation 2): by `detected_at`, latest first. */
  allSignals(filter: AllSignalsFilter = {}): readonly WireSignal[] {
    const fleet = this.#showsShadow(filter) ? this.#wholeFleet() : this.#liveFleet();
    const rows = filter.agentId === undefined ? matching(fleet, filter) : this.signals(filter.agentId, filter);
    return filter.explain === false ? rows.map(withoutExplanation) : rows;
  }

  /** `/v1/runs/{id}`; undefined for a run that is unknown or not analysed yet. */
  runDetail(runId: string): WireRunDetail | undefined {
    const entry = this.#runs.get(runId);
    return entry?.analysedAt === undefined ? undefined : runDetail(entry, this.generation);
  }

  /** `/v1/agents/{id}/health-score` (generation 2). */
  healthScore(agentId: string): Json {
    const entries = this.#agents.get(agentId)?.runs.oldestFirst ?? [];
    const runs = entries.map(({ run, events, signals }) => ({
      startedAt: run.startedAt,
      events,
      failureTypes: signals.flatMap(({ row, shadow }) => (shadow ? [] : [row.failure_type])),
    }));
    return computeHealth({ agentId, runs, now: this.#now() });
  }

  #showsShadow(filter: SignalFilter): boolean {
    return this.generation === 2 && filter.includeShadow === true;
  }

  #replaceRow(signal: SignalEntry, row: WireSignal): void {
    signal.row = row;
    this.#agent(signal.run).signals.touch();
    this.#fleet.touch();
  }

  #run(runId: string): RunEntry {
    const entry = this.#runs.get(runId);
    if (entry === undefined) throw new Error(`no run ${runId} in the sample backend`);
    return entry;
  }

  #signal(id: number): SignalEntry {
    const signal = this.#signals.get(id);
    if (signal === undefined) throw new Error(`no signal ${id} in the sample backend`);
    return signal;
  }

  #agent(entry: RunEntry): AgentState {
    const agent = this.#agents.get(entry.run.agentId);
    if (agent === undefined) throw new Error(`no agent ${entry.run.agentId} in the sample backend`);
    return agent;
  }
}

function detectionTime(signal: SignalEntry): number {
  return signal.row.detected_at;
}

function matching(rows: readonly WireSignal[], { severity, failureType }: SignalFilter): readonly WireSignal[] {
  if (severity === undefined && failureType === undefined) return rows;
  return rows.filter(
    (row) =>
      (severity === undefined || row.severity === severity) &&
      (failureType === undefined || row.failure_type === failureType),
  );
}
