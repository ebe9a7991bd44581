import type { AgentSpent } from '../queries/agent-spent.ts';
import type { AgentItem } from '../queries/agents.ts';
import type { Health } from '../queries/health.ts';
import type { InputPatterns } from '../queries/input-patterns.ts';
import type { MovedRate } from '../queries/moved-rates.ts';
import type { QuietAgent } from '../queries/quiet-agents.ts';
import type { RunShare } from '../queries/run-counts.ts';
import type { DailyCounts } from '../queries/signal-trends.ts';
import type { SignalItem } from '../queries/signals.ts';
import type { TypePattern } from '../queries/systemic-patterns.ts';
import type { VersionChange } from '../queries/version-changes.ts';
import type { VersionRate } from '../queries/version-rates.ts';
import type { NewAgent, NewSignals } from '../queries/whats-new.ts';

/** The data of a report. Times are Unix seconds; whatever counts, counts in the report's span unless it says otherwise. */

/** How many days a report can have, and has unless told otherwise. */
export const maxDays = 90;
export const usualDays = 7;

export interface FleetRow {
  agent: AgentItem;
  /** The agent's runs, and those with a signal. */
  runs: RunShare;
  /** Its signals on each day, oldest first: for each type, and in all. */
  trends: readonly DailyCounts[];
  daily: readonly number[];
  /** Its signals by type, the gravest first. */
  signals: readonly NewSignals[];
  spent: AgentSpent;
  /** Of the last 30 days, by the server's formula. */
  health: Health;
  /** The share of runs with a signal against the 7 days before the span, where it moved beyond chance. */
  moved: MovedRate | undefined;
  /** What changed with each version that is new in the span. */
  changes: readonly VersionChange[];
  /** Set when the agent is new in the span, or has gone quiet. */
  arrival: NewAgent | undefined;
  silence: QuietAgent | undefined;
}

export interface AgentPart extends FleetRow {
  types: readonly TypePattern[];
  /** Of all runs whose inputs are known, whenever they ran. */
  inputs: InputPatterns;
  /** Signals by weekday and hour. */
  hours: readonly (readonly number[])[];
  versions: readonly VersionRate[];
  /** The newest signals. */
  latest: readonly SignalItem[];
}

export interface Report {
  apiUrl: string;
  /** When the report was made, and when its days (calendar days, UTC) end: at the mirror's last complete pass. */
  madeAt: number;
  end: number;
  days: number;
  /** The days' names, oldest first. */
  dayNames: readonly string[];
  /** The day of the prices by which costs were computed, where the server tells none. */
  pricesDate: string | undefined;
  /** What the reader must know about the mirror: that it is old, or incomplete. */
  notes: readonly string[];
  /** The gravest agent first. */
  fleet: readonly FleetRow[];
  /** Those shown in full: the first ones of the fleet. */
  agents: readonly AgentPart[];
}
