import type { AgentItem } from '../queries/agents.ts';
import type { Health } from '../queries/health.ts';
import type { InputPatterns } from '../queries/input-patterns.ts';
import type { DailyCounts } from '../queries/signal-trends.ts';
import type { SignalItem } from '../queries/signals.ts';
import type { TypePattern } from '../queries/systemic-patterns.ts';
import type { VersionChange } from '../queries/version-changes.ts';
import type { VersionRate } from '../queries/version-rates.ts';

/** The data of a report. Times are Unix seconds. */

export interface FleetRow {
  agent: AgentItem;
  /** The agent's runs in the span, and its signals on each day of it, oldest first: for each type, and in all. */
  runs: number;
  trends: readonly DailyCounts[];
  daily: readonly number[];
  health: Health;
}

export interface AgentPart extends FleetRow {
  types: readonly TypePattern[];
  inputs: InputPatterns;
  /** Signals by weekday and hour. */
  hours: readonly (readonly number[])[];
  versions: readonly VersionRate[];
  /** The changes with each version that is new in the span. */
  changes: readonly VersionChange[];
  /** The newest signals of the span. */
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
  /** What the reader must know about the mirror: that it is old, or incomplete. */
  notes: readonly string[];
  fleet: readonly FleetRow[];
  agents: readonly AgentPart[];
}
