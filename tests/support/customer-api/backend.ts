import { computeHealth } from '../../../src/sample/health.ts';
import { type Selection, selected } from '../../../src/sample/lists.ts';
import type {
  Generation,
  Json,
  WireAgent,
  WireEvent,
  WireRun,
  WireRunDetail,
  WireSignal,
} from '../../../src/sample/wire.ts';
import { AgentState } from './agent-state.ts';
import { MovingLists, type SignalFilter } from './moving-lists.ts';
import { RawRows } from './raw-rows.ts';
import {
  type RunEntry,
  runDetailOf,
  runEntry,
  type SampleRun,
  type SignalEntry,
  type SignalSpec,
  signalRowOf,
  strippedRow,
} from './rows.ts';

export type { Generation } from '../../../src/sample/wire.ts';
export type { SignalFilter } from './moving-lists.ts';
export type { SampleRun, SignalSpec } from './rows.ts';

export interface SampleBackendOptions {
  /** Which fields and endpoints the API has; see `wire.ts`. */
  readonly generation: Generation;
  /** Unix seconds, for what depends on the current day (sparklines, health). Default: the system's time. */
  readonly now?: (() => number) | undefined;
}

export type RawList = 'agents' | 'runs' | 'signals';

const allOf = (list: 'runs' | 'signals') => `all ${list}`;

/**
 * A Dunetrace backend in memory, without HTTP: events come in, a detector analyses runs, rows expire or are deleted,
 * and readers give the JSON the Customer API would give. Operations on an id that is not there throw.
 */
export class SampleBackend {
  readonly generation: Generation;
  /**
   * Answers of lists that the backend does not model, or functions of the query that give them, by their paths; a path that is
   * not here is not found.
   */
  readonly plainLists = new Map<string, unknown>();
  readonly #now: () => number;
  readonly #agents = new Map<string, AgentState>();
  readonly #runs = new Map<string, RunEntry>();
  readonly #signals = new Map<number, SignalEntry>();
  readonly #raw = new RawRows();
  #fleet: MovingLists;
  #nextSignalId = 1;
  #lastDetected = 0;

  constructor(options: SampleBackendOptions) {
    this.generation = options.generation;
    this.#now = options.now ?? (() => Date.now() / 1000);
    this.#fleet = new MovingLists(options.generation);
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
   * Events of a run come in after its analysis; generation 3 analyses it again with the next `analyse`. A run that was
   * stalled may end with them: it stays stalled, and gets a time of its end.
   */
  addLateEvents(runId: string, events: readonly WireEvent[]): void {
    const entry = this.#run(runId);
    entry.events = [...entry.events, ...events];
    entry.late.push(...events);
    const end = events.findLast(({ event_type }) => event_type === 'run.completed' || event_type === 'run.errored');
    entry.endedAt = end?.timestamp ?? entry.endedAt;
    entry.seenAt = this.#now();
    this.#agent(entry).eventsArrived(entry);
    this.#runChanged(entry);
  }

  /**
   * A detector looks at the run: it goes on top of the runs list, its signals into the signals list (later specs above
   * earlier ones at the same time). A run that was analysed before gets them and stays where it is; only where generation 3
   * finds more events does it go on top, and get only types that it did not have. @returns its signals, as in `specs`.
   */
  analyse(runId: string, specs: readonly SignalSpec[] = []): readonly WireSignal[] {
    const entry = this.#run(runId);
    const isAgain = entry.analysedAt !== undefined;
    const hasMore = this.generation === 3 && entry.events.length > entry.analysedEvents;
    const has = (type: string) => entry.signals.some(({ row }) => row.failure_type === type);
    const found = isAgain && hasMore ? specs.filter(({ failureType }) => !has(failureType)) : specs;
    const rows = found.map((spec) => this.#addSignal(entry, spec, found.length));
    if (!isAgain || hasMore) {
      entry.analysedAt = this.#now();
      for (const { runs } of this.#listsOf(entry)) {
        if (isAgain) runs.remove(entry);
        runs.add(entry);
      }
    }
    entry.analysedEvents = entry.events.length;
    this.#runChanged(entry);
    return rows;
  }

  /** The run's events reached the end of their retention: the run stays listed, without times and steps. */
  expireEvents(runId: string): void {
    const entry = this.#run(runId);
    entry.events = [];
    this.#agent(entry).eventsGone(entry);
    this.#runChanged(entry);
  }

  /** The run and its events are gone; its signals stay. */
  dropRun(runId: string): void {
    const entry = this.#run(runId);
    this.expireEvents(runId);
    for (const { runs } of this.#listsOf(entry)) runs.remove(entry);
    this.#runs.delete(runId);
  }

  /** Generation 3, once a day: runs without events go, whatever their age. */
  dropEmptyRuns(): void {
    for (const [id, entry] of this.#runs) if (entry.events.length === 0) this.dropRun(id);
  }

  deleteSignal(id: number): void {
    const signal = this.#signal(id);
    const { run } = signal;
    this.#signals.delete(id);
    run.signals.splice(run.signals.indexOf(signal), 1);
    for (const { signals } of this.#listsOf(run)) signals.remove(signal);
    if (!signal.shadow) this.#agent(run).count(signal.row, -1);
    this.#runChanged(run);
  }

  /** An alert about the signal went out. */
  setAlerted(id: number): void {
    const signal = this.#signal(id);
    this.#replaceRow(signal, { ...signal.row, alerted: true });
  }

  /** Generation 3, once the events of the signal's time are gone: its evidence loses raw text, and its texts follow. */
  stripEvidence(id: number): void {
    const signal = this.#signal(id);
    this.#replaceRow(signal, strippedRow(signal));
  }

  /** Rows of the same time turn around in every list: their order has no tie-breaker. */
  swapTies(): void {
    for (const lists of [this.#fleet, ...this.#agents.values()]) lists.swapTies();
  }

  /** The detector behind a shadow signal left probation: the signal is shown and counted from now on. */
  endShadow(id: number): void {
    const signal = this.#signal(id);
    if (!signal.shadow) return;
    signal.shadow = false;
    this.#agent(signal.run).count(signal.row, 1);
    this.#runChanged(signal.run);
    this.#replaceRow(signal, this.generation > 1 ? { ...signal.row, shadow: false } : signal.row);
  }

  /** `docker compose down -v`: nothing is left, and signal ids start at 1 again. */
  wipe(): void {
    this.#agents.clear();
    this.#runs.clear();
    this.#signals.clear();
    this.#raw.clear();
    this.#fleet = new MovingLists(this.generation);
    this.#nextSignalId = 1;
    this.#lastDetected = 0;
  }

  /**
   * Puts a row of any content on top of a list as HTTP shows it (`withRawRows`); later rows push it down.
   * `agentId` does not matter for the agents list, whose top is always kept.
   */
  addRawRow(list: RawList, agentId: string, row: unknown): void {
    if (list === 'agents') {
      this.#raw.add('agents', row, Number.POSITIVE_INFINITY);
      return;
    }
    this.#raw.add(`${list} of ${agentId}`, row, this.#agents.get(agentId)?.[list].length ?? 0);
    this.#raw.add(allOf(list), row, this.#fleet[list].length);
  }

  /** `rows` of a list, filtered or not, with its raw rows; no agent id stands for the list of all agents. */
  withRawRows(list: RawList, agentId: string | undefined, rows: readonly unknown[]): readonly unknown[] {
    if (list === 'agents') return this.#raw.mixInto('agents', rows);
    return this.#raw.mixInto(agentId === undefined ? allOf(list) : `${list} of ${agentId}`, rows);
  }

  /** `/v1/agents`: by `last_seen`, latest first. */
  agents(): readonly WireAgent[] {
    return [...this.#agents.values()]
      .filter((agent) => agent.listed)
      .map((agent) => agent.row(this.#now()))
      .sort((a, b) => b.last_seen - a.last_seen);
  }

  /** `/v1/agents/{id}/runs`: by time of analysis, latest first. */
  runs(agentId: string, filter: Selection = {}): readonly WireRun[] {
    return selected(this.#agents.get(agentId)?.runRows() ?? [], filter);
  }

  /** `/v1/runs` (generation 3): by time of analysis, latest first. */
  allRuns(filter: Selection = {}): readonly WireRun[] {
    return selected(this.#fleet.runRows(), filter);
  }

  /** `/v1/agents/{id}/signals`: by `detected_at`, latest first. */
  signals(agentId: string, filter: SignalFilter = {}): readonly WireSignal[] {
    const { explain, ...known } = filter;
    return this.#agents.get(agentId)?.signalRows(this.generation === 3 ? filter : known) ?? [];
  }

  /** `/v1/signals` (from generation 2): by `detected_at`, latest first. */
  allSignals(filter: SignalFilter = {}): readonly WireSignal[] {
    return this.#fleet.signalRows(filter);
  }

  /** `/v1/runs/{id}`; undefined for a run that is unknown or not analysed yet. */
  runDetail(runId: string, { includeShadow }: Pick<SignalFilter, 'includeShadow'> = {}): WireRunDetail | undefined {
    const entry = this.#runs.get(runId);
    if (entry?.analysedAt === undefined) return undefined;
    return runDetailOf(entry, this.generation, this.generation === 3 && includeShadow === true);
  }

  /** `/v1/agents/{id}/health-score` (from generation 2). */
  healthScore(agentId: string): Json {
    const entries = this.#agents.get(agentId)?.runs.oldestFirst ?? [];
    const runs = entries.map(({ run, events, signals }) => ({
      startedAt: run.startedAt,
      events,
      failureTypes: signals.flatMap(({ row, shadow }) => (shadow ? [] : [row.failure_type])),
    }));
    return computeHealth({ agentId, runs, now: this.#now(), generation: this.generation });
  }

  #addSignal(entry: RunEntry, spec: SignalSpec, together: number): WireSignal {
    const ended = entry.endedAt ?? entry.run.completedAt;
    const detectedAt = spec.detectedAt ?? Math.max(ended + 5, this.#lastDetected);
    this.#lastDetected = Math.max(this.#lastDetected, detectedAt);
    const id = this.#nextSignalId++;
    const row = signalRowOf(spec, entry.run, { id, detectedAt, together }, this.generation);
    const signal: SignalEntry = { row, shadow: spec.shadow === true, spec, run: entry };
    this.#signals.set(id, signal);
    entry.signals.push(signal);
    for (const lists of this.#listsOf(entry)) lists.addSignal(signal);
    if (!signal.shadow) this.#agent(entry).count(row, 1);
    return row;
  }

  /** Its agent's, and those of all agents. */
  #listsOf(entry: RunEntry): readonly MovingLists[] {
    return [this.#agent(entry), this.#fleet];
  }

  #runChanged(entry: RunEntry): void {
    entry.row = undefined;
    for (const { runs } of this.#listsOf(entry)) runs.touch();
  }

  #replaceRow(signal: SignalEntry, row: WireSignal): void {
    signal.row = row;
    for (const { signals } of this.#listsOf(signal.run)) signals.touch();
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
