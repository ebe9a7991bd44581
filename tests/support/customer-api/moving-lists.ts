import { type Selection, selected, withoutExplanation } from '../../../src/sample/lists.ts';
import type { Generation, WireRun, WireSignal } from '../../../src/sample/wire.ts';
import { cachedView, NewestFirst } from './newest-first.ts';
import { type RunEntry, runRowOf, type SignalEntry } from './rows.ts';

export interface SignalFilter extends Selection {
  /** Also signals of detectors on probation. Ignored by generation 1, which never shows them. */
  readonly includeShadow?: boolean | undefined;
  /** False leaves out what, why_it_matters and suggested_fixes; before generation 3 only in the list of all agents. */
  readonly explain?: boolean | undefined;
}

/** The runs and signals of an agent, or of all agents, as their lists show them. */
export class MovingLists {
  /** In order of analysis. */
  readonly runs = new NewestFirst<RunEntry>();
  /** By `detected_at`. */
  readonly signals = new NewestFirst<SignalEntry>();
  readonly runRows: () => readonly WireRun[];
  readonly #generation: Generation;
  readonly #live: () => readonly WireSignal[];
  readonly #every: () => readonly WireSignal[];

  constructor(generation: Generation) {
    this.#generation = generation;
    this.runRows = cachedView(this.runs, (entry) => runRowOf(entry, generation));
    this.#live = cachedView(this.signals, (entry) => (entry.shadow ? undefined : entry.row));
    this.#every = cachedView(this.signals, (entry) => entry.row);
  }

  signalRows({ includeShadow, explain, ...selection }: SignalFilter): readonly WireSignal[] {
    const rows = selected(this.#generation > 1 && includeShadow ? this.#every() : this.#live(), selection);
    return explain === false ? rows.map(withoutExplanation) : rows;
  }

  addSignal(signal: SignalEntry): void {
    this.signals.addRanked(signal, detectionTime);
  }

  /** The order has no tie-breaker: rows of the same time turn around. */
  swapTies(): void {
    this.runs.swapTies((entry) => entry.analysedAt ?? 0);
    this.signals.swapTies(detectionTime);
  }
}

function detectionTime(signal: SignalEntry): number {
  return signal.row.detected_at;
}
